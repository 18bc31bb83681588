"""Programs that kill or corrupt a process through its map, each in a process of its own.

IRONMAP_CRASHES_STDLIB=1 runs them on the stdlib module too and prints what becomes
of each; nothing is asserted there, for it depends on the interpreter's version.
"""

import os
import pathlib
import signal
import subprocess
import sys

import pytest

PROGRAMS = sorted(
    path
    for path in pathlib.Path(__file__).with_name("programs").glob("*.py")
    if path.stem != "prelude"
)
each_program = pytest.mark.parametrize("program", PROGRAMS, ids=lambda path: path.stem)


def run(program, module):
    environment = os.environ | {
        "MMAP_MODULE": module,
        "PYTHONPATH": os.pathsep.join(filter(None, sys.path)),
        "PYTHONDONTWRITEBYTECODE": "1",
    }
    return subprocess.run(
        [sys.executable, program],
        env=environment,
        capture_output=True,
        text=True,
        errors="replace",
        timeout=60,
    )


def fate(ended):
    """How a program ended, in a few words."""
    if ended.returncode < 0:
        return f"killed by {signal.Signals(-ended.returncode).name}"
    lines = (ended.stdout + ended.stderr).strip().splitlines() or ["no output"]
    return f"exit {ended.returncode}: {lines[-1][:120]}"


@each_program
def test_survives(program):
    ended = run(program, "ironmap")
    last = (ended.stdout.splitlines() or [""])[-1]
    if ended.returncode == 77:
        pytest.skip(last)
    assert ended.returncode == 0, f"{fate(ended)}\n{ended.stdout}\n{ended.stderr}"
    assert last.startswith("SURVIVED: ")


@pytest.mark.skipif(
    "IRONMAP_CRASHES_STDLIB" not in os.environ, reason="on request: IRONMAP_CRASHES_STDLIB=1"
)
@each_program
def test_stdlib_for_comparison(program, capsys):
    ended = run(program, "mmap")
    with capsys.disabled():
        print(f"\n{program.stem}: {fate(ended)}", end="")
