"""Finds every CPython from 3.11 on: on PATH and in pyenv."""

import json
import os
import re
import shutil
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

OLDEST = (3, 11)
NAME = re.compile(r"python3(\.\d+)?t?")
PROBE = """
import importlib.util, json, os, sys, sysconfig
print(json.dumps([
    os.path.realpath(sys.executable),
    sys.version_info[:3],
    sys.implementation.name,
    bool(sysconfig.get_config_var("Py_GIL_DISABLED")),
    bool(importlib.util.find_spec("test") and importlib.util.find_spec("test.test_mmap")),
]))
"""


@dataclass(frozen=True)
class Interpreter:
    path: str
    version: tuple[int, ...]
    free_threaded: bool
    has_tests: bool

    def __str__(self) -> str:
        return f"{'.'.join(map(str, self.version))} {self.path}"


def found() -> list[Interpreter]:
    """Returns one for each executable, without its other names."""
    probed = filter(None, map(_probe, _candidates()))
    by_path = {interpreter.path: interpreter for interpreter in probed}
    return sorted(by_path.values(), key=lambda one: (one.version, one.path))


def _candidates() -> Iterator[str]:
    yield sys.executable
    folders = [Path(folder) for folder in os.get_exec_path()]
    folders += [version / "bin" for version in _pyenv_versions()]
    for folder in folders:
        try:
            names = sorted(path for path in folder.iterdir() if NAME.fullmatch(path.name))
        except OSError:
            continue
        yield from map(str, names)


def _pyenv_versions() -> list[Path]:
    root = os.environ.get("PYENV_ROOT") or str(Path.home() / ".pyenv")
    if shutil.which("pyenv"):
        asked = subprocess.run(["pyenv", "root"], capture_output=True, text=True)
        root = asked.stdout.strip() or root
    return sorted(Path(root, "versions").glob("*"))


def _probe(command: str) -> Interpreter | None:
    """Returns None for a command that does not start (a pyenv shim of a version that is not
    selected), is not CPython, or is too old."""
    try:
        asked = subprocess.run(
            [command, "-I", "-c", PROBE],
            capture_output=True,
            text=True,
            timeout=60,
            stdin=subprocess.DEVNULL,
        )
    except (OSError, subprocess.TimeoutExpired):
        return None
    if asked.returncode != 0:
        return None
    path, version, implementation, free_threaded, has_tests = json.loads(asked.stdout)
    if implementation != "cpython" or tuple(version) < OLDEST:
        return None
    return Interpreter(path, tuple(version), free_threaded, has_tests)
