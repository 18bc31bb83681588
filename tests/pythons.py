"""Runs programs in their own processes, with each interpreter that can load the extension."""

import os
import pathlib
import subprocess
import sys

import pytest

import interpreters
import ironmap
from hang import HANG

PYTHONS = [python for python in interpreters.found() if not python.free_threaded]
OWN = os.path.realpath(sys.executable)
FOLDER = str(pathlib.Path(ironmap.__file__).parents[1])
ENVIRONMENT = os.environ | {
    "PYTHONPATH": FOLDER,
    "PYTHONDONTWRITEBYTECODE": "1",
    "PYTHONWARNINGS": "ignore",
}


def run(python, program, *arguments):
    """Runs a program; only a hang reaches the limit."""
    return subprocess.run(
        [python.path, program, *arguments],
        env=ENVIRONMENT,
        capture_output=True,
        text=True,
        errors="replace",
        timeout=5 * HANG,
    )


def each_python():
    """Parametrizes a test with the interpreters; those other than this one run weekly."""
    cases = [pytest.param(python, id=version(python), marks=marks(python)) for python in PYTHONS]
    return pytest.mark.parametrize("python", cases)


def marks(python):
    return [] if python.path == OWN else [pytest.mark.weekly]


def each_name(program):
    """Parametrizes a test with the interpreters and the names that the program lists with each.

    Interpreters other than this one run weekly.
    """
    return pytest.mark.parametrize(
        ("python", "name"), [case for python in PYTHONS for case in _cases(python, program)]
    )


def _cases(python, program):
    listed = run(python, program, "list")
    if listed.returncode:
        why = f"{python}: {(listed.stderr.splitlines() or ['no list'])[-1]}"
        yield pytest.param(python, "", id=version(python), marks=pytest.mark.skip(why))
    for name in listed.stdout.splitlines():
        yield pytest.param(python, name, id=f"{version(python)}-{name}", marks=marks(python))


def version(python):
    return ".".join(map(str, python.version))
