"""Runs programs that kill or corrupt a process through a map of the stdlib module.

IRONMAP_CRASHES_STDLIB=1 runs them on the stdlib module too and prints how each one ends.
That depends on the interpreter's version, so nothing is asserted.
"""

import os
import pathlib
import signal
import subprocess
import sys

import pytest

from hang import HANG

PROGRAMS = sorted(
    path
    for path in pathlib.Path(__file__).with_name("programs").glob("*.py")
    if path.stem != "prelude"
)
# Reasons why a program does not run on Windows.
NO_FLAGS = "Windows has no flags and no prot"
NO_ADVICE = "Windows has no madvise"
NO_DESCRIPTOR = "Windows keeps a handle, not a descriptor"
NO_FORKS = "Windows has no fork"
NO_LIMITS = "Windows has no limits for a process"
UNIX_ONLY = {
    "constructor_fixed_address": NO_FLAGS,
    "constructor_flags": NO_FLAGS,
    "fork_child_closes": NO_FORKS,
    "fork_during_find": NO_FORKS,
    "fork_in_conversion": NO_FORKS,
    "hidden_descriptor_closed": NO_DESCRIPTOR,
    "hidden_descriptor_is_a_pipe": NO_DESCRIPTOR,
    "hidden_descriptor_reused": NO_DESCRIPTOR,
    "madvise_ranges": NO_ADVICE,
    "madvise_remove": NO_ADVICE,
    "many_descriptors": NO_LIMITS,
    "out_of_memory": NO_LIMITS,
    "protection_none": NO_FLAGS,
    "protection_of_files": NO_FLAGS,
    "resize_anonymous_private": NO_FLAGS,
    "resize_in_signal_handler": "Windows has no timer that sends a signal",
    "resize_over_the_limit": NO_LIMITS,
    "resize_sealed_file": "Windows has no sealed files",
    "resize_split_map": NO_ADVICE,
}


def parameter(program):
    reason = UNIX_ONLY.get(program.stem, "")
    unless_of_unix = pytest.mark.skipif(sys.platform == "win32" and bool(reason), reason=reason)
    return pytest.param(program, id=program.stem, marks=unless_of_unix)


each_program = pytest.mark.parametrize("program", [parameter(path) for path in PROGRAMS])


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
        timeout=2 * HANG,
    )


def fate(ended):
    """Describes how a program ended."""
    if ended.returncode < 0:
        return f"killed by {signal.Signals(-ended.returncode).name}"
    lines = (ended.stdout + ended.stderr).strip().splitlines() or ["no output"]
    return f"exit {ended.returncode}: {lines[-1][:120]}"


@each_program
def test_program_with_ironmap_survives(program):
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
def test_stdlib_outcome_printed(program, capsys):
    ended = run(program, "mmap")
    with capsys.disabled():
        print(f"\n{program.stem}: {fate(ended)}", end="")
