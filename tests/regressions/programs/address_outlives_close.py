"""Use of a closed map's address without an export, as by numpy.ndarray(buffer=m)."""

from prelude import (
    PAGE,
    WINDOWS,
    kept_address,
    loaded,
    must_raise,
    new_map,
    skipped,
    store,
    survived,
    wrong,
)

if WINDOWS:
    skipped("Windows cannot replace a view by zeros")
m = new_map(4)
address = kept_address(m)
m.close()
must_raise("item", ValueError, lambda: m[0])
if loaded(address + 3 * PAGE, 5) != bytes(5):
    wrong("a closed map shows something")
store(address, b"B" * PAGE)

with new_map(4) as m:
    address = kept_address(m)
others = [new_map(4) for _ in range(20)]
store(address, b"B" * 4 * PAGE)
if any(other[:] != b"A" * 4 * PAGE for other in others):
    wrong("a store through the address of a closed map hit another map")
survived()
