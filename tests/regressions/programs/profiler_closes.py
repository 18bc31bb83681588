"""A profiler's or tracer's callback closes or resizes the map around every call of a method."""

import sys

from prelude import PAGE, attempt, new_map, survived

m = new_map()


def hook(frame, event, argument):
    sys.setprofile(None)
    try:
        act()
    finally:
        sys.setprofile(hook)


for act in (lambda: m.close(), lambda: m.resize(PAGE), lambda: m.resize(77 * PAGE)):
    for name, arguments in {
        "read": (5,),
        "find": (b"Z", 0),
        "write": (b"B",),
        "flush": (),
        "resize": (2 * PAGE,),
        "move": (0, PAGE, 10),
        "close": (),
        "size": (),
        "__getitem__": (slice(3 * PAGE, None),),
        "__setitem__": (3 * PAGE, 66),
        "__enter__": (),
    }.items():
        m = new_map()
        method = getattr(m, name)
        sys.setprofile(hook)
        attempt(name, lambda: method(*arguments))
        sys.setprofile(None)
survived()
