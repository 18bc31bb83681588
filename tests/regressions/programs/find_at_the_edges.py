"""Needles at the end of a map before inaccessible memory, odd ranges, empty needles."""

from prelude import PAGE, WINDOWS, attempt, mmap, survived, wrong

for _ in range(64):
    # On Windows the rest of the allocation after a view is inaccessible.
    barrier = None if WINDOWS else mmap.mmap(-1, PAGE, prot=0)
    m = mmap.mmap(-1, PAGE)
    m[-4:] = b"@~xf"
    if m.find(b"fo") != -1 or m.find(b"fo", -2) != -1 or m.rfind(b"ff") != -1:
        wrong("found past the end")
    for needle in (b"f", b"@~", b"xf", b"~xf", b"@~xf"):
        at = PAGE - 4 + b"@~xf".find(needle)
        if m.find(needle) != at or m.rfind(needle) != at:
            wrong(f"find({needle!r})")
for start, end in [(5, 2), (PAGE, 0), (0, -PAGE * 2), (PAGE + 1, PAGE + 9), (-1, -5)]:
    if m.find(b"x", start, end) != -1 or m.rfind(b"x", start, end) != -1:
        wrong(f"found in the inverted range {start}, {end}")
for needle in (b"", b"f" * (PAGE + 1)):
    attempt(f"find({len(needle)} bytes)", lambda: m.find(needle))
    attempt(f"rfind({len(needle)} bytes)", lambda: m.rfind(needle))
survived()
