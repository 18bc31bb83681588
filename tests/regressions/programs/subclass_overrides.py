"""A subclass overrides methods that the base could rely on: close, len, items, attributes."""

from prelude import PAGE, attempt, mmap, survived, wrong


class Lying(mmap.mmap):
    closed = False
    size = None

    def close(self):
        raise RuntimeError("never")

    def __len__(self):
        return 1 << 40

    def __getitem__(self, key):
        if key > 50:
            raise IndexError
        return b"lie"

    def tell(self):
        return -5

    def resize(self, newsize):
        self.__class__.__base__.close(self)

    def __enter__(self):
        return None

    def __index__(self):
        return 1 << 62


m = Lying(-1, PAGE)
mmap.mmap.__setitem__(m, slice(None), b"A" * PAGE)
for label, action in {
    "find": lambda: m.find(b"A", 0),
    "find itself": lambda: m.find(m),
    "read": lambda: m.read(m),
    "readline": m.readline,
    "memoryview": lambda: bytes(memoryview(m))[:3],
    "iterate": lambda: list(zip(m, range(3), strict=False)),
    "reversed": lambda: next(iter(reversed(m))),
    "in": lambda: b"A" in m,
    "flush": m.flush,
    "repr": lambda: repr(m),
    "seek": lambda: m.seek(0, 2),
    "move": lambda: m.move(m, m, m),
}.items():
    attempt(label, action)
if mmap.mmap.__getitem__(m, 0) != 65:
    wrong("the map is gone")
attempt("exit", lambda: m.__exit__(None, None, None))
m.resize(1)
attempt("after", lambda: m.read(1))
del m
survived()
