"""Addresses from before a resize are zeros until the map is deallocated, which reports their use."""

import gc
import sys

from prelude import (
    PAGE,
    check_error,
    content,
    expect,
    kept_address,
    loaded,
    new_map,
    os,
    store,
    survived,
)

told = []
sys.unraisablehook = lambda unraisable: told.append(unraisable.exc_value)

file, m = new_map(8)
address = kept_address(m)
m.resize(3 * PAGE)
expect(loaded(address, 3 * PAGE) == content(8 * PAGE)[: 3 * PAGE], "what stays is not shown")
expect(loaded(address + 4 * PAGE, PAGE) == bytes(PAGE), "the old end is not zeros")
store(address + 7 * PAGE, b"x")
expect(os.fstat(file.fileno()).st_size == 3 * PAGE, "a store went to the file")
m.close()
del m
gc.collect()
expect(len(told) == 1, f"told {told}")
check_error("shrunk", told.pop(), 4 * PAGE, None)

file, m = new_map(3)
old = first = kept_address(m)
pages = 3
while old == first:
    pages *= 8
    m.resize(pages * PAGE)
    first = kept_address(m)
expect(m[: 3 * PAGE] == content(3 * PAGE), "the map that moved has other bytes")
expect(not any(loaded(old, 3 * PAGE)), "the old place is not zeros")
store(old, b"x")
expect(m[:1] == content(1), "a store at the old place reached the map")
del m
gc.collect()
expect(len(told) == 1, f"told {told}")
check_error("moved", told.pop(), 0, None)
with open("/proc/self/maps") as maps:
    starts = [line.split("-")[0] for line in maps]
expect(f"{old:x}" not in starts, "the old place is still mapped after the deallocation")
survived()
