"""Operations without memory raise an exception, and the process survives."""

import pathlib
import sys

import pytest

from pythons import each_python, run

HERE = pathlib.Path(__file__).parent


@pytest.mark.skipif(sys.platform != "linux", reason="reads the memory in use from /proc")
@each_python()
@pytest.mark.parametrize("program", ["exhausted.py", "long_arguments.py"])
def test_out_of_memory_is_survived(python, program):
    assert_survives(run(python, HERE / program))


def assert_survives(ended):
    assert (ended.returncode, ended.stdout, ended.stderr) == (0, "survived\n", "")
