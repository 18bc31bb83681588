"""The errors that tools/planted.py plants have a place to be planted at."""

import pytest

import planted

PLANTED = [*planted.IN_CORE, *planted.IN_MODULE, *planted.IN_MODELS, *planted.IN_STATE]


@pytest.mark.parametrize("error", PLANTED, ids=lambda error: error.what)
def test_planted_error_has_one_place(error):
    source = planted.ROOT / error.file
    assert source.read_text().count(error.old) == 1
