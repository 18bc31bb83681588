"""A closed map gives its file up, its address reads as zeros, and use of it is reported at the end."""

import gc
import sys

from prelude import (
    PAGE,
    check_error,
    content,
    expect,
    kept_address,
    loaded,
    mappings_of,
    new_map,
    os,
    store,
    survived,
)

told = []
sys.unraisablehook = lambda unraisable: told.append(unraisable.exc_value)


def mapped():
    """Returns /proc/self/maps."""
    with open("/proc/self/maps") as maps:
        return maps.read()


def descriptors_of(file):
    names = [f"/proc/self/fd/{number}" for number in os.listdir("/proc/self/fd")]
    files = [os.stat(name) for name in names if os.path.exists(name)]
    return sum(os.path.samestat(found, os.fstat(file.fileno())) for found in files)


def closed():
    file, m = new_map()
    address = kept_address(m)
    m.close()
    return file, m, address


file, m, address = closed()
expect(mappings_of(file) == [], "a closed map keeps its file mapped")
expect(descriptors_of(file) == 1, "a closed map keeps a descriptor")
del m
gc.collect()
expect(told == [], f"reported {told} without a use")
start = f"{address:x}-"
expect(start not in mapped(), "the address is still mapped after the deallocation")

for use in (lambda place: loaded(place, 1), lambda place: store(place, b"x")):
    file, m, address = closed()
    use(address + 2 * PAGE + 5)
    expect(os.pread(file.fileno(), 4 * PAGE, 0) == content(4 * PAGE), "a store went to the file")
    del m
    gc.collect()
    expect(len(told) == 1, f"told {told}")
    check_error("freed", told.pop(), 2 * PAGE, None)

file, m = new_map()
m.close()
del m
bytes(memoryview(new_map()[1]))
gc.collect()
expect(told == [], f"reported {told} without an export, or without a close")
survived()
