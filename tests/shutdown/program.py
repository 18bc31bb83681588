"""Program: a daemon thread is inside a call of a map when the interpreter shuts down.

`program.py list` prints the names of the calls; `program.py NAME` makes one of them and
ends. An interpreter older than 3.14 ends the thread when it next requests the GIL, with
`pthread_exit`, which unwinds its stack.
"""

import sys
import tempfile
import threading
import time

import ironmap

inside = threading.Event()


def stay(result=None):
    inside.set()
    while True:
        time.sleep(0.001)
    return result


class Index:
    def __index__(self):
        return stay(5)


class Truth:
    def __bool__(self):
        return stay(True)


class Buffer:
    def __buffer__(self, flags):
        return stay(memoryview(b"x"))


class Releasing:
    """Stays in the release of its buffer."""

    def __buffer__(self, flags):
        return memoryview(bytearray(b"abc"))

    def __release_buffer__(self, view):
        stay()


class Forgotten(bytes):
    """Stays in its deallocation."""

    def __del__(self):
        stay()


class ForgottenInt(int):
    """Stays in its deallocation."""

    def __del__(self):
        stay()


class ForgottenIndex:
    def __index__(self):
        return ForgottenInt(3)


class Slow(OSError):
    def __init__(self, *args):
        stay()


class Iterable:
    def __iter__(self):
        return stay(iter(()))


def generator():
    yield b"a"
    stay()


def forgotten_needles():
    yield Forgotten(b"zzz")
    yield b"a"


def hook(event, arguments):
    if event == "mmap.__new__" and threading.current_thread().daemon:
        stay()


def audited(make):
    sys.addaudithook(hook)
    make()


def watched_end():
    """Stays in the callback of a weak reference, while the map is deallocated."""
    import weakref

    n = ironmap.mmap(-1, 100)
    kept = weakref.ref(n, lambda ref: stay())
    del n
    return kept


def collected():
    """Stays in a finalizer, called by a garbage collection that one of our exceptions starts."""
    import gc

    class Cycle:
        def __del__(self):
            stay()

    gc.set_threshold(1)
    while True:
        cycle = Cycle()
        cycle.itself = cycle
        del cycle
        try:
            m[1 << 20]
        except IndexError:
            pass


def absent():
    from ironmap._ironmap import _absent_map

    gone = _absent_map(ironmap.mmap, Slow, ())
    gone.read()


def file_of(size):
    file = tempfile.TemporaryFile()
    file.truncate(size)
    return file


def forever(step):
    """Repeats a step that runs without the GIL most of the time."""

    def work():
        inside.set()
        while True:
            step()

    return work


m = ironmap.mmap(-1, 1 << 20)
large = ironmap.mmap(-1, 64 << 20)
room = bytearray(64 << 20)
path = tempfile.NamedTemporaryFile()
path.write(bytes(10_000))
path.flush()

PLACES = {
    "item": lambda: m[Index()],
    "set item": lambda: m.__setitem__(0, Index()),
    "slice": lambda: m[Index() :],
    "find": lambda: m.find(b"x", Index()),
    "seek": lambda: m.seek(Index()),
    "whence": lambda: m.seek(0, Index()),
    "read": lambda: m.read(Index()),
    "move": lambda: m.move(Index(), 0, 1),
    "resize": lambda: m.resize(Index()),
    "write_byte": lambda: m.write_byte(Index()),
    "new": lambda: ironmap.mmap(-1, Index()),
    "new, by name": lambda: ironmap.mmap(-1, 100, access=Index()),
    "protect": lambda: m.protect(Index()),
    "count": lambda: m.count(b"x", Index()),
    "count of a byte": lambda: m.count(Index()),
    "lock": lambda: m.lock(Index()),
    "lines": lambda: m.lines(start=Index()),
    "truth": lambda: m.lines(keepends=Truth()),
    "truth of a keyword": lambda: m.find_all(b"x", overlapping=Truth()),
    "resident": lambda: m.resident(pages=Truth()),
    "flush": lambda: m.flush(0, Index()),
    "readlines": lambda: m.readlines(Index()),
    "truncate": lambda: m.truncate(Index()),
    "writelines": lambda: m.writelines(generator()),
    "find_any": lambda: m.find_any(generator()),
    "iterable": lambda: m.writelines(Iterable()),
    "forgotten needle": lambda: m.find_any(forgotten_needles()),
    "forgotten int": lambda: m.seek(ForgottenIndex()),
    "audit": lambda: audited(lambda: ironmap.mmap(-1, 4000)),
    "audit of open": lambda: audited(lambda: ironmap.open(path.name)),
    "weak reference": watched_end,
    "collection": collected,
    "absent": absent,
    "search": forever(lambda: large.find(b"x")),
    "copy": forever(lambda: large[:]),
    "count on all cores": forever(lambda: large.count(b"x")),
    "populate": forever(lambda: large.populate()),
    "open and close": forever(lambda: ironmap.open(path.name).close()),
    "find_all": forever(lambda: list(large.find_all(b"x"))),
    "readinto": forever(lambda: (large.seek(0), large.readinto(room))),
}
if sys.version_info >= (3, 12):
    PLACES |= {
        "buffer": lambda: m.find(Buffer()),
        "buffer of a slice": lambda: m.__setitem__(slice(0, 1), Buffer()),
        "buffer to write": lambda: m.write(Buffer()),
        "buffer of a needle": lambda: m.find_any([Buffer()]),
        "buffer to read into": lambda: m.readinto(Buffer()),
        "buffer given back": lambda: m.find(Releasing()),
        "buffer written to and given back": lambda: m.readinto(Releasing()),
    }
if sys.platform != "win32":
    PLACES |= {"madvise": lambda: m.madvise(Index())}


class Ending:
    """Uses the maps during the shutdown."""

    def __init__(self):
        self.sleep = time.sleep
        self.maps = [m, large]

    def __del__(self):
        self.sleep(0.03)
        for each in self.maps:
            try:
                each.close()
            except (RuntimeError, BufferError):
                pass


def main(name):
    if name == "list":
        print("\n".join(PLACES))
        return
    threading.Thread(target=PLACES[name], daemon=True).start()
    inside.wait()
    sys.ending = Ending()
    time.sleep(0.01)
    print("ended")


main(sys.argv[1])
