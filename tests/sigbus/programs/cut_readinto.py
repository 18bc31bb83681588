"""A readinto that meets damage keeps the position, and the bytes before it can be read."""

from prelude import PAGE, content, expect, must_fault, new_map, os, survived

for pages in (4, 1000):
    file, m = new_map(pages)
    kept = pages // 2 * PAGE
    os.ftruncate(file.fileno(), kept)
    into = bytearray(len(m))
    m.seek(5)
    must_fault("readinto", m, lambda: m.readinto(into), kept, kept)
    must_fault("readlines", m, m.readlines, kept, kept)
    expect(m.readinto(memoryview(into)[: kept - 5]) == kept - 5, "too few bytes")
    expect(into[: kept - 5] == content(kept)[5:], "wrong bytes")
    expect(m.tell() == kept, "wrong position")
survived()
