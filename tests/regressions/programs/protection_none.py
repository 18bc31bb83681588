"""prot=0: no byte may be touched, by no method."""

from prelude import PAGE, attempt, mmap, survived

m = mmap.mmap(-1, PAGE, prot=0)
for label, action in {
    "m[0]": lambda: m[0],
    "m[:]": lambda: m[:],
    "m[::3]": lambda: m[::3],
    "m[5:5]": lambda: m[5:5],
    "m[0] = 1": lambda: m.__setitem__(0, 1),
    "m[:2] = b'ab'": lambda: m.__setitem__(slice(2), b"ab"),
    "m[::2] = …": lambda: m.__setitem__(slice(None, None, 2), bytes(PAGE // 2)),
    "find": lambda: m.find(b"x"),
    "find nothing": lambda: m.find(b""),
    "rfind": lambda: m.rfind(b"xy"),
    "read": m.read,
    "read_byte": m.read_byte,
    "readline": m.readline,
    "write": lambda: m.write(b"x"),
    "write_byte": lambda: m.write_byte(1),
    "move": lambda: m.move(0, 10, 10),
    "iterate": lambda: next(iter(m)),
    "in": lambda: b"a" in m,
    "memoryview": lambda: bytes(memoryview(m)),
    "bytes": lambda: bytes(m),
    "bytearray": lambda: bytearray(m),
    "flush": m.flush,
    "madvise": lambda: m.madvise(mmap.MADV_WILLNEED),
    "repr": lambda: repr(m),
    "len": lambda: len(m),
}.items():
    attempt(label, action)
m.close()
survived()
