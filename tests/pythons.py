"""Programs in a process of their own, with each interpreter that loads the extension."""

import os
import pathlib
import subprocess

import interpreters
import ironmap
import pytest
from hang import HANG

PYTHONS = [python for python in interpreters.found() if not python.free_threaded]
FOLDER = str(pathlib.Path(ironmap.__file__).parents[1])
ENVIRONMENT = os.environ | {
    "PYTHONPATH": FOLDER,
    "PYTHONDONTWRITEBYTECODE": "1",
    "PYTHONWARNINGS": "ignore",
}


def run(python, program, *arguments):
    """Without a limit but for what hangs."""
    return subprocess.run(
        [python.path, program, *arguments],
        env=ENVIRONMENT,
        capture_output=True,
        text=True,
        errors="replace",
        timeout=5 * HANG,
    )


def each_python():
    """A parameter for each interpreter."""
    return pytest.mark.parametrize("python", PYTHONS, ids=version)


def each_name(program):
    """A parameter for each interpreter and each name that the program lists with it."""
    return pytest.mark.parametrize(
        ("python", "name"), [case for python in PYTHONS for case in _cases(python, program)]
    )


def _cases(python, program):
    listed = run(python, program, "list")
    if listed.returncode:
        why = f"{python}: {(listed.stderr.splitlines() or ['no list'])[-1]}"
        yield pytest.param(python, "", id=version(python), marks=pytest.mark.skip(why))
    for name in listed.stdout.splitlines():
        yield pytest.param(python, name, id=f"{version(python)}-{name}")


def version(python):
    return ".".join(map(str, python.version))
