"""Maps in several interpreters of one process: with one GIL, and each with its own."""

import pathlib

from pythons import each_name, run

PROGRAM = pathlib.Path(__file__).with_name("program.py")


@each_name(PROGRAM)
def test_subinterpreters_case_passes(python, name):
    ended = run(python, PROGRAM, name)
    assert (ended.returncode, ended.stdout, ended.stderr) == (0, "passed\n", "")
