"""Runs some of the points, without the thorough ones: `make check WHAT=inject` runs all."""

import pathlib
import sys

import pytest

from pythons import OWN, PYTHONS, each_python, run

HERE = pathlib.Path(__file__).parent


def assert_nothing_is_found(ended, capsys):
    if ended.stderr.startswith("skipped"):
        pytest.skip(ended.stderr.strip())
    # Without the rows of single operations.
    table, _, rest = ended.stdout.partition("\nall ")
    with capsys.disabled():
        print(f"\n{table.splitlines()[0]}\nall {rest}", end="")
    assert ended.returncode == 0, ended.stdout + ended.stderr


# Operations that make many kinds of system calls.
REPRESENTATIVES = ["open over a file", "resize", "close", "mmap of a file", "read of a fault"]


def test_failed_call_of_some_operations(capsys):
    (python,) = [each for each in PYTHONS if each.path == OWN]
    assert_nothing_is_found(run(python, HERE, "--quick", *REPRESENTATIVES), capsys)


@pytest.mark.weekly
@each_python()
def test_failed_allocation_is_survived(python, capsys):
    if run(python, "-c", "import _testcapi").returncode:
        pytest.skip(f"{python} has no _testcapi, which refuses allocations")
    assert_nothing_is_found(run(python, HERE, "--quick", "--kind", "interpreter"), capsys)


@pytest.mark.weekly
@each_python()
def test_failed_system_call_changes_nothing(python, capsys):
    if python.version[:2] != sys.version_info[:2]:
        pytest.skip("one Python is enough for system calls")
    kinds = [word for kind in ("calls", "signals", "memory") for word in ("--kind", kind)]
    assert_nothing_is_found(run(python, HERE, "--quick", *kinds), capsys)
