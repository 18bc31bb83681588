"""A C handler above ours that resets and raises: each way to install ours again survives it."""

import faulthandler

from compiled import library
from prelude import (
    PAGE,
    cut_map,
    expect,
    ironmap,
    must_fault,
    must_report,
    new_map,
    os,
    signal,
    survived,
)

faulthandler.disable()
handler = library("resetting_handler")


def new_small_map():
    new_map()[1].close()


HEALERS = {
    "ensure_fault_guard": lambda m: ironmap.ensure_fault_guard(),
    "a new map": lambda m: new_small_map(),
    "resize": lambda m: m.resize(len(m)),
    "a long operation": lambda m: m[: 1 << 20],
}

for label, heal in HEALERS.items():
    file, m = new_map(pages=(1 << 20) // PAGE)
    m[0]
    handler.install_resetting()
    expect(ironmap.fault_guard() == "replaced", ironmap.fault_guard())
    heal(m)
    expect(ironmap.fault_guard() == "active", f"{label}: {ironmap.fault_guard()}")
    os.ftruncate(file.fileno(), PAGE)
    must_fault(label, m, lambda: m[PAGE], PAGE, PAGE)

# A first use by a search, and by other code.
file, m = cut_map()
handler.install_resetting()
must_fault("first use", m, lambda: m.find(b"\xff"), 0, 0)
signal.signal(signal.SIGBUS, signal.SIG_DFL)
file, m = cut_map()
signal.signal(signal.SIGBUS, signal.SIG_DFL)
expect(bytes(memoryview(m)) == bytes(4 * PAGE), "exported memory is no zeros")
must_report("exported memory", lambda: m[0], 0, 0)
survived()
