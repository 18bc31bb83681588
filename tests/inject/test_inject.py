"""Runs some of the points, without the thorough ones: `make check WHAT=inject` runs all."""

import pathlib
import sys

import pytest
from pythons import each_python, run

HERE = pathlib.Path(__file__).parent


def assert_nothing_is_found(ended, capsys):
    if ended.stderr.startswith("skipped"):
        pytest.skip(ended.stderr.strip())
    # Without the rows of single operations.
    table, _, rest = ended.stdout.partition("\nall ")
    with capsys.disabled():
        print(f"\n{table.splitlines()[0]}\nall {rest}", end="")
    assert ended.returncode == 0, ended.stdout + ended.stderr


@each_python()
def test_failed_allocation_is_survived(python, capsys):
    if run(python, "-c", "import _testcapi").returncode:
        pytest.skip(f"{python} has no _testcapi, which refuses allocations")
    assert_nothing_is_found(run(python, HERE, "--quick", "--kind", "interpreter"), capsys)


@each_python()
def test_failed_system_call_changes_nothing(python, capsys):
    if python.version[:2] != sys.version_info[:2]:
        pytest.skip("one Python is enough for system calls")
    kinds = [word for kind in ("calls", "signals", "memory") for word in ("--kind", kind)]
    assert_nothing_is_found(run(python, HERE, "--quick", *kinds), capsys)
