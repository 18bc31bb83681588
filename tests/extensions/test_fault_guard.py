"""The types of the functions of the fault guard, and the calls that look at its handler."""

import signal
import sys
from typing import get_args, get_type_hints

import pytest

import ironmap


def test_fault_guard_types_importable():
    from ironmap import FaultGuard, FaultHook, FaultReport

    assert get_args(FaultGuard) == ("active", "idle", "replaced", "blocked", "off")
    assert ironmap.fault_guard() in get_args(FaultGuard)
    for function in (ironmap.fault_guard, ironmap.ensure_fault_guard):
        assert get_type_hints(function)["return"] == FaultGuard
    assert get_args(FaultHook) == ([FaultReport], object)
    assert get_type_hints(ironmap.set_fault_hook)["hook"] == FaultHook | None


READS = {
    "readline": lambda m: m.readline(),
    "readlines": lambda m: m.readlines(1),
    "lines": lambda m: next(m.lines()),
    "find": lambda m: m.find(b"\n"),
    "slice": lambda m: m[:100],
}


@pytest.mark.skipif(sys.platform == "win32", reason="Windows has no SIGBUS")
@pytest.mark.parametrize("read", READS.values(), ids=READS)
def test_short_read_of_long_file_does_not_look_at_handler(read, tmp_path):
    """A look is a system call, which takes longer than a short read."""
    path = tmp_path / "long"
    path.write_bytes(b"line\n" * 1_000_000)
    with ironmap.open(path) as m:
        read(m)
        signal.signal(signal.SIGBUS, signal.SIG_DFL)
        try:
            read(m)
            assert ironmap.fault_guard() == "replaced"
            m.find(b"?")  # A long search installs the handler again.
            assert ironmap.fault_guard() == "active"
        finally:
            ironmap.ensure_fault_guard()
