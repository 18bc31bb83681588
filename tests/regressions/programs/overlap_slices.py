"""m[a:] = memoryview(m)[b:]: as if the source were copied first."""

from prelude import PAGE, mmap, notes, survived, wrong

SIZE = 64 * PAGE
content = bytes(i * 7 % 251 for i in range(SIZE))
for to, source in [(1, 0), (0, 1), (17, 0), (0, 17), (PAGE, 0), (0, PAGE), (5, 3)]:
    count = SIZE - max(to, source)
    model = bytearray(content)
    model[to : to + count] = content[source : source + count]
    m = mmap.mmap(-1, SIZE)
    m[:] = content
    m[to : to + count] = memoryview(m)[source : source + count]
    if m[:] != model:
        wrong(f"m[{to}:] = memoryview(m)[{source}:] scrambled the bytes")
    m[:] = content
    m.seek(to)
    m.write(memoryview(m)[source : source + count])
    if m[:] != model:
        wrong(f"writing memoryview(m)[{source}:] at {to} scrambled the bytes")
notes.append("overlapping copies are right")
survived()
