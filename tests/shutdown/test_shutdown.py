"""The interpreter shuts down normally while a daemon thread is inside a call of a map, or in
user code that a map has called."""

import pathlib
import sys

import pytest

from pythons import each_name, run

PROGRAM = pathlib.Path(__file__).with_name("program.py")

if sys.platform == "win32":
    pytest.skip("Windows ends threads without unwinding them", allow_module_level=True)


@each_name(PROGRAM)
def test_shutdown_with_daemon_thread(python, name):
    ended = run(python, PROGRAM, name)
    assert (ended.returncode, ended.stdout, ended.stderr) == (0, "ended\n", "")
