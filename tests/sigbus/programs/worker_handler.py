"""A worker installs a handler that resets and raises SIGBUS, after the fork or after the map.

Each worker of PyTorch's DataLoader does so: after a fork, with the data set's maps from
before it; or in a spawned worker, after the data set was unpickled.
"""

import faulthandler

from compiled import library
from prelude import (
    PAGE,
    cut_map,
    expect,
    in_surviving_child,
    must_fault,
    must_report,
    new_map,
    os,
    survived,
)

faulthandler.disable()
handler = library("resetting_handler")
AT = 2 * PAGE

USES = {
    "item": lambda m: m[AT],
    "slice": lambda m: m[AT : AT + 100],
    "slice by 2": lambda m: m[AT : AT + 100 : 2],
    "find": lambda m: m.find(b"\xff", AT),
    "rfind": lambda m: m.rfind(b"\xff", AT),
    "count": lambda m: m.count(b"\xff", AT),
    "find_all": lambda m: list(m.find_all(b"\xff", AT)),
    "lines": lambda m: list(m.lines(start=AT)),
    "startswith": lambda m: m.startswith(b"\xff", AT),
    "set item": lambda m: m.__setitem__(AT, 1),
    "set slice": lambda m: m.__setitem__(slice(AT, AT + 5), b"AAAAA"),
    "move": lambda m: m.move(AT + 10, AT, 10),
    "all of it": lambda m: m[:],
}


def install():
    expect(handler.install_resetting() == 0, "sigaction")


for label, use in USES.items():
    file, m = new_map()
    m[0], len(m), m.find(b"\xff")

    def forked(use=use, label=label, m=m, file=file):
        install()
        os.ftruncate(file.fileno(), PAGE)
        start = PAGE if label == "all of it" else AT
        must_fault(label, m, lambda: use(m), start, PAGE)

    in_surviving_child(forked)

file, m = new_map()
m[0]


def lend_and_ask():
    """Exports the buffer after the handler was installed: its reads are reported."""
    install()
    os.ftruncate(file.fileno(), PAGE)
    expect(memoryview(m)[AT] == 0, "no zero")
    must_report("next call", lambda: m[AT], PAGE, PAGE)


def grandchild():
    install()
    in_surviving_child(lambda: must_fault("grandchild", m, lambda: m[AT], AT, PAGE))


in_surviving_child(lend_and_ask)
os.ftruncate(file.fileno(), PAGE)
in_surviving_child(grandchild)

other_file, other = cut_map(keep=PAGE)
install()
must_fault("new map in the worker", other, lambda: other[AT], AT, PAGE)
must_fault("old map", m, lambda: m[AT], AT, PAGE)
survived()
