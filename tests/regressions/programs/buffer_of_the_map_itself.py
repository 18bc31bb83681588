"""Values whose __buffer__ returns memory of the map that overlaps the written bytes."""

from prelude import PAGE, Buffer, attempt, mmap, need_python, survived, wrong

need_python(3, 12)
content = bytes(i * 7 % 251 for i in range(8 * PAGE))
m = mmap.mmap(-1, 8 * PAGE)


class Own:
    def __init__(self, part):
        self.part = part

    def __buffer__(self, flags):
        return memoryview(m)[self.part]


for to, source in [
    (slice(1, None), slice(-1)),
    (slice(-9), slice(9, None)),
    (slice(None, None, 2), slice(4 * PAGE)),
]:
    m[:] = content
    m[to] = Own(source)
    model = bytearray(content)
    model[to] = content[source]
    if m[:] != model:
        wrong(f"m[{to}] = its own {source} scrambled the bytes")
attempt("find", lambda: m.find(Own(slice(5, 50)), 0), lambda at: at == 5)
attempt("close inside", lambda: m.write(Buffer(memoryview(m), m.close)))
survived()
