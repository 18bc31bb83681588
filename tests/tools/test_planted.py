"""The errors that tools/planted.py plants have a place to be planted at."""

import planted
import pytest


@pytest.mark.parametrize("error", [*planted.IN_CORE, *planted.IN_MODULE], ids=lambda error: error.what)
def test_planted_error_has_one_place(error):
    source = planted.ROOT / planted.folder_of(error) / error.file
    assert source.read_text().count(error.old) == 1
