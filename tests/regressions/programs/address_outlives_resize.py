"""Use of old addresses of a map that has moved or shrunk, as by numpy.ndarray(buffer=m)."""

from prelude import PAGE, WINDOWS, kept_address, loaded, new_map, skipped, store, survived, wrong

if WINDOWS:
    skipped("Windows cannot replace a view by zeros")
m = new_map(4)
blocks, others = [], []
for pages in (8, 3, 300, 7000, 2, 90):
    blocks.append((kept_address(m), len(m)))
    m.resize(pages * PAGE)
    others.append(new_map(4))
m[:] = b"M" * len(m)
for address, length in blocks:
    if not set(loaded(address, length)) <= set(b"\0MB"):
        wrong("an old address shows what is not the map's")
    store(address, b"B" * length)
if any(other[:] != b"A" * 4 * PAGE for other in others):
    wrong("a store through an old address hit another map")
if not set(m[:]) <= set(b"MB"):
    wrong("a store through an old address took bytes away")
survived()
