"""Runs programs that must survive their faults; with Python's faulthandler, weekly."""

import pytest

from .running import fate, last_line, programs, run


@pytest.mark.parametrize(
    "variant", ["plain", pytest.param("faulthandler", marks=pytest.mark.weekly)]
)
@pytest.mark.parametrize("program", programs("programs"), ids=lambda path: path.stem)
def test_program_with_faults_survives(program, variant):
    ended = run(program, variant=variant)
    if ended.returncode == 77:
        pytest.skip(last_line(ended))
    assert ended.returncode == 0, fate(ended)
    assert last_line(ended).startswith("SURVIVED: "), fate(ended)
