"""m[::2] = memoryview(m)[:n]: strided assignment from the map itself."""

from prelude import PAGE, mmap, notes, survived, wrong

content = bytes(i * 7 % 251 for i in range(PAGE))
HALF = PAGE // 2
for to, source in [
    (slice(None, None, 2), slice(HALF)),
    (slice(1, None, 2), slice(HALF, None)),
    (slice(None, None, -1), slice(None)),
    (slice(None, None, -2), slice(HALF)),
    (slice(None, None, 3), slice(-(-PAGE // 3))),
]:
    m = mmap.mmap(-1, PAGE)
    m[:] = content
    m[to] = memoryview(m)[source]
    model = bytearray(content)
    model[to] = content[source]
    if m[:] != model:
        wrong(f"m[{to}] = memoryview(m)[{source}] scrambled the bytes")
notes.append("strided copies are right")
survived()
