"""Controls: a SIGBUS that is not about a map kills the process, as without a map."""

import signal

import pytest

from .running import VARIANTS, fate, last_line, programs, run

TRACEBACK = "Fatal Python error: Bus error"


@pytest.mark.parametrize("variant", VARIANTS)
@pytest.mark.parametrize("program", programs("fatal"), ids=lambda path: path.stem)
def test_program_dies_of_sigbus(program, variant):
    ended = run(program, variant=variant)
    if ended.returncode == 77:
        pytest.skip(last_line(ended))
    assert ended.returncode == -signal.SIGBUS, fate(ended)
    announced, _, tracebacks = last_line(ended).partition(": ")
    assert announced == "DIES", fate(ended)
    assert ended.stderr.count(TRACEBACK) == int(tracebacks), fate(ended)
