"""A map with an exported address that shrinks and grows stays there, and shows its file there."""

import gc
import sys

import seccomp
from prelude import (
    PAGE,
    check_error,
    content,
    expect,
    ironmap,
    kept_address,
    loaded,
    new_map,
    os,
    store,
    survived,
)

PRIVATE = ironmap.MAP_PRIVATE | ironmap.MAP_ANONYMOUS
told = []
sys.unraisablehook = lambda unraisable: told.append(unraisable.exc_value)


def check_to_and_fro(m, address):
    """Resizes from 8 pages to fewer and back, at the same address."""
    for pages in (3, 8, 1, 2, 5, 4, 8):
        before = m[: pages * PAGE]
        m.resize(pages * PAGE)
        expect(kept_address(m) == address, f"moved on the way to {pages} pages")
        expect(m[:] == before.ljust(pages * PAGE, b"\0"), f"other bytes with {pages} pages")
        expect(loaded(address, pages * PAGE) == m[:], "the address shows other bytes")
    store(address + 7 * PAGE, b"again")
    expect(m[7 * PAGE :].rstrip(b"\0") == b"again", "a store did not reach the map")


def check_untold(m):
    del m
    gc.collect()
    expect(not told, f"told {told}")


file, m = new_map(8)
check_to_and_fro(m, kept_address(m))
expect(os.pread(file.fileno(), 5, 7 * PAGE) == b"again", "a store did not reach the file")
check_untold(m)
del m

m = ironmap.mmap(-1, 8 * PAGE, flags=PRIVATE)
m[:] = content(8 * PAGE)
check_to_and_fro(m, kept_address(m))
check_untold(m)
del m

# Use of the addresses while the map was short is reported at the end.
file, m = new_map(8)
address = kept_address(m)
m.resize(3 * PAGE)
store(address + 5 * PAGE, b"lost")
m.resize(8 * PAGE)
expect(m[5 * PAGE :] == bytes(3 * PAGE), "a store of before reached the file")
m.close()
del m
gc.collect()
expect(len(told) == 1, f"told {told}")
check_error("used while short", told.pop(), 5 * PAGE, None)

# A mapping that cannot be moved there is made elsewhere, and the old addresses stay zeros.
seccomp.refuse_moves()
file, m = new_map(8)
address = kept_address(m)
m.resize(2 * PAGE)
m.resize(8 * PAGE)
expect(m[: 2 * PAGE] == content(2 * PAGE), "the map that moved has other bytes")
expect(kept_address(m) != address, "moved by a call that fails")
expect(loaded(address, 8 * PAGE) == bytes(8 * PAGE), "not zeros")
survived()
