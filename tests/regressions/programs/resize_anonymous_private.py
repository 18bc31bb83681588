"""A private anonymous map grows and shrinks, and keeps its bytes."""

from prelude import PAGE, attempt, mmap, survived, wrong

m = mmap.mmap(-1, PAGE, flags=mmap.MAP_PRIVATE | mmap.MAP_ANONYMOUS)
m[:] = b"A" * PAGE
for pages in (16, 1, 300, 2, 7):
    kept = min(len(m), pages * PAGE)
    before = m[:kept]
    result = attempt(f"{pages} pages", lambda: m.resize(pages * PAGE))
    if not isinstance(result, Exception) and m[:kept] != before:
        wrong("resize lost bytes")
    m[-1] = pages % 256
survived()
