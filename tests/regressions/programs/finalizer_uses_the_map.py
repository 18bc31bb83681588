"""__del__ and callbacks of weak references use, close, resize and resurrect the map."""

import gc
import weakref

from prelude import PAGE, attempt, mmap, notes, survived, wrong

saved = []


class Dying(mmap.mmap):
    def __del__(self):
        attempt("read", lambda: self[0], lambda byte: byte == 65)
        attempt("find", lambda: self.find(b"A", 0), lambda at: at == 0)
        attempt("resize", lambda: self.resize(100))
        attempt("view", lambda: bytes(memoryview(self)[:2]))
        saved.append(self)


class Closing(mmap.mmap):
    def __del__(self):
        self.close()


def make(kind):
    m = kind(-1, PAGE)
    m[:] = b"A" * PAGE
    return m


make(Dying)
gc.collect()
if saved[0][0] != 65:
    wrong("a resurrected map is unmapped")
saved.pop().close()
make(Closing)

m = make(mmap.mmap)
others = [make(mmap.mmap) for _ in range(3)]
reference = weakref.ref(m, lambda dead: [other.close() for other in others])
proxy = weakref.proxy(m)
if proxy.find(b"A") != 0 or bytes(memoryview(reference())[:1]) != b"A":
    wrong("a weak reference sees something else")
del m
gc.collect()
if reference() is not None or not all(other.closed for other in others):
    wrong("the callback did not run")

cycle = make(Dying)
cycle.itself = [cycle]
view = memoryview(cycle)
del cycle
gc.collect()
if view[0] != 65:
    wrong("a view lost its map")
view.release()
notes.append("finalizers ran")
survived()
