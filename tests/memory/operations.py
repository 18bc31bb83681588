"""What can be asked of a map: each operation by a name, as `OPERATIONS[name](maps)`.

It is what other files run without memory, and after whose errors they count references.
An operation belongs here if it makes an object, an exception or a copy.
"""

import os
import sys
import tempfile

import ironmap
from ironmap._ironmap import _absent_map, _map_file

PAGE = ironmap.PAGESIZE


class Maps:
    """What the operations are done to; made anew for each."""

    def __init__(self):
        self.file = tempfile.TemporaryFile()
        self.file.write(b"first line\nsecond line\n" + bytes(3 * PAGE))
        self.file.flush()
        fd = self.file.fileno()
        self.m = ironmap.mmap(fd, 0)
        self.read_only = ironmap.mmap(fd, 0, access=ironmap.ACCESS_READ)
        self.memory = ironmap.mmap(-1, 200_000)
        self.closed = ironmap.mmap(-1, 5)
        self.closed.close()
        self.absent = _absent_map(ironmap.mmap, FileNotFoundError, (2, "gone", "name"))
        self.cut_file = tempfile.TemporaryFile()
        self.cut_file.truncate(4 * PAGE)
        self.cut = ironmap.mmap(self.cut_file.fileno(), 0)
        self.cut_file.truncate(10)
        self.view = memoryview(self.read_only)

    def all(self):
        return [self.m, self.read_only, self.memory, self.closed, self.absent, self.cut]


class Sub(ironmap.mmap):
    pass


class Index:
    def __index__(self):
        raise ZeroDivisionError("of __index__")


class Closing:
    """A number that closes the map it is given to."""

    def __init__(self, m):
        self.m = m

    def __index__(self):
        self.m.close()
        return 1


def failing_needles():
    yield b"x"
    raise ZeroDivisionError("of an iterator")


BIG = 1 << 70
LONG = b"x" * 100_000

SUCCEEDING = {
    "item": lambda s: s.m[0],
    "slice": lambda s: s.m[0:100],
    "long slice": lambda s: s.memory[:],
    "stride": lambda s: s.memory[::-3],
    "set item": lambda s: s.m.__setitem__(0, 7),
    "set slice": lambda s: s.m.__setitem__(slice(0, 3), bytearray(b"abc")),
    "len": lambda s: len(s.m),
    "iterate": lambda s: list(s.m),
    "in": lambda s: b"\n" in s.m,
    "bytes": lambda s: bytes(s.m),
    "repr": lambda s: repr(s.m),
    "repr of a subclass": lambda s: repr(Sub(-1, 5)),
    "repr, closed": lambda s: repr(s.closed),
    "new": lambda s: ironmap.mmap(-1, 4096).close(),
    "new of a file": lambda s: ironmap.mmap(s.file.fileno(), 0).close(),
    "_map_file": lambda s: _map_file(Sub, s.file.fileno(), 5, ironmap.ACCESS_READ, 3, True).close(),
    "_absent_map": lambda s: _absent_map(ironmap.mmap, OSError, (1, "x")),
    "read": lambda s: s.m.read(100),
    "readline": lambda s: s.m.readline(),
    "long readline": lambda s: s.memory.readline(),
    "readlines": lambda s: s.m.readlines(),
    "readinto": lambda s: s.m.readinto(bytearray(10)),
    "read_byte": lambda s: s.m.read_byte(),
    "write": lambda s: s.m.write(b"abc"),
    "write_byte": lambda s: s.m.write_byte(65),
    "writelines": lambda s: s.m.writelines([b"a\n", bytearray(b"b\n")]),
    "seek": lambda s: s.m.seek(5, 1),
    "tell": lambda s: s.m.tell(),
    "move": lambda s: s.m.move(0, 10, 5),
    "flush": lambda s: s.m.flush(0, PAGE),
    "size": lambda s: s.m.size(),
    "resize": lambda s: s.memory.resize(100_000) if sys.platform == "linux" else None,
    "truncate": lambda s: s.memory.truncate(100_000) if sys.platform == "linux" else None,
    "find": lambda s: s.m.find(b"second"),
    "find in a buffer": lambda s: s.m.find(memoryview(b"second")),
    "long find": lambda s: s.memory.find(bytearray(LONG)),
    "rfind": lambda s: s.m.rfind(b"line"),
    "count": lambda s: s.memory.count(b"\0\0"),
    "count of a byte": lambda s: s.m.count(10),
    "index": lambda s: s.m.index(b"line", 0, 100),
    "rindex": lambda s: s.m.rindex(b"line"),
    "startswith": lambda s: s.m.startswith((b"a", b"first")),
    "endswith": lambda s: s.m.endswith(b"\0"),
    "find_all": lambda s: list(s.m.find_all(b"line")),
    "find_all, many": lambda s: list(s.memory.find_all(b"\0", 0, 5000)),
    "find_all, overlapping": lambda s: list(s.m.find_all(b"ii", overlapping=True)),
    "find_any": lambda s: s.m.find_any([b"second", b"third"]),
    "find_any, absent": lambda s: s.m.find_any([b"\1"]),
    "lines": lambda s: list(s.m.lines()),
    "long lines": lambda s: list(s.memory.lines(keepends=False, start=5)),
    "find_all is freed": lambda s: s.m.find_all(b"line"),
    "enter and exit": lambda s: s.memory.__enter__().__exit__(None, None, None),
    "buffer": lambda s: memoryview(s.m).release(),
    "populate": lambda s: s.m.populate(),
    "resident": lambda s: s.m.resident(),
    "resident pages": lambda s: s.m.resident(pages=True),
    "lock": lambda s: (s.m.lock(0, PAGE), s.m.unlock()),
    "protect": lambda s: s.memory.protect(ironmap.ACCESS_READ),
    "closed": lambda s: s.m.closed,
    "faults": lambda s: s.m.faults,
    "restore": lambda s: s.m.restore(),
    "close": lambda s: s.m.close(),
}

FAILING = {
    "item past the end": lambda s: s.m[BIG >> 30],
    "item of a large int": lambda s: s.m[BIG],
    "item of a str": lambda s: s.m["a"],
    "item of an error": lambda s: s.m[Index()],
    "item of a fault": lambda s: s.cut[2 * PAGE],
    "slice of a fault": lambda s: s.cut[PAGE:],
    "slice of a str": lambda s: s.m["a":],
    "set item, large": lambda s: s.m.__setitem__(0, 300),
    "set item, large int": lambda s: s.m.__setitem__(0, BIG),
    "set item, read-only": lambda s: s.read_only.__setitem__(0, 1),
    "set slice, wrong size": lambda s: s.m.__setitem__(slice(0, 2), b"abc"),
    "set slice, str": lambda s: s.m.__setitem__(slice(0, 2), "ab"),
    "delete": lambda s: s.m.__delitem__(0),
    "closed item": lambda s: s.closed[0],
    "closed while converting": lambda s: s.memory[Closing(s.memory)],
    "absent": lambda s: s.absent.read(),
    "new, bad descriptor": lambda s: ironmap.mmap(-5, 5),
    "new, no length": lambda s: ironmap.mmap(-1, 0),
    "new, negative": lambda s: ironmap.mmap(-1, -1),
    "new, too long": lambda s: ironmap.mmap(s.file.fileno(), 1 << 40),
    "new, bad access": lambda s: ironmap.mmap(-1, 5, access=77),
    "new, bad keyword": lambda s: ironmap.mmap(-1, 5, acces=1),
    "new, offset": lambda s: ironmap.mmap(s.file.fileno(), 0, offset=1 << 40),
    "_map_file, bad class": lambda s: _map_file(int, 0, 5, 1, 0, True),
    "_map_file, bad bool": lambda s: _map_file(Sub, 0, 5, 1, 0, None),
    "read of a str": lambda s: s.m.read("a"),
    "read of a fault": lambda s: s.cut.read(),
    "readline of a fault": lambda s: s.cut.readline(),
    "readinto of bytes": lambda s: s.m.readinto(b"abc"),
    "readinto of None": lambda s: s.m.readinto(None),
    "read_byte at the end": lambda s: (s.m.seek(0, 2), s.m.read_byte()),
    "write past the end": lambda s: s.m.write(LONG),
    "write, read-only": lambda s: s.read_only.write(b"a"),
    "write of a str": lambda s: s.m.write("a"),
    "write to a fault": lambda s: s.cut.write(b"x" * 3 * PAGE),
    "write_byte, large": lambda s: s.m.write_byte(256),
    "writelines of a number": lambda s: s.m.writelines(5),
    "writelines of an error": lambda s: s.m.writelines(failing_needles()),
    "seek past the end": lambda s: s.m.seek(BIG >> 30),
    "seek of a large int": lambda s: s.m.seek(BIG),
    "seek, unknown": lambda s: s.m.seek(0, 9),
    "whence, large": lambda s: s.m.seek(0, BIG),
    "move past the end": lambda s: s.m.move(0, BIG >> 30, 1),
    "flush past the end": lambda s: s.m.flush(BIG >> 30),
    "flush, too many": lambda s: s.m.flush(0, 1, 2, 3),
    "flush, keyword": lambda s: s.m.flush(flag=1),
    "resize to nothing": lambda s: s.m.resize(0),
    "resize, read-only": lambda s: s.read_only.resize(5),
    "resize, exported": lambda s: (memoryview(s.m), s.m.resize(5)),
    "close, exported": lambda s: s.read_only.close(),
    "find without a needle": lambda s: s.m.find(),
    "find of a str": lambda s: s.m.find("a"),
    "find of a fault": lambda s: s.cut.find(b"\1"),
    "count of a large int": lambda s: s.m.count(BIG),
    "count of a float": lambda s: s.m.count(1.5),
    "count of an error": lambda s: s.m.count(Index()),
    "index, absent": lambda s: s.m.index(b"\1"),
    "rindex of a large int": lambda s: s.m.rindex(BIG),
    "startswith of a str": lambda s: s.m.startswith("a"),
    "startswith of a number": lambda s: s.m.startswith((b"a", 5)),
    "find_all of a large int": lambda s: s.m.find_all(BIG),
    "find_all, unknown keyword": lambda s: s.m.find_all(b"a", overlap=True),
    "find_all of a fault": lambda s: list(s.cut.find_all(b"\1")),
    "find_all of a closed map": lambda s: list(s.closed.find_all(b"a")),
    "find_any of bytes": lambda s: s.m.find_any(b"abc"),
    "find_any of an error": lambda s: s.m.find_any(failing_needles()),
    "lines, unknown keyword": lambda s: s.m.lines(**{"\ud800": 1}),
    "lines, twice": lambda s: s.m.lines(True, keepends=True),
    "lines of a fault": lambda s: list(s.cut.lines()),
    "buffer to write to": lambda s: (memoryview(s.read_only), os.readv(0, [s.read_only])),
    "buffer of a closed map": lambda s: memoryview(s.closed),
    "fileno": lambda s: s.memory.fileno(),
    "populate, negative": lambda s: s.m.populate(-1),
    "populate past the end": lambda s: s.m.populate(BIG >> 30),
    "populate of a fault": lambda s: s.cut.populate(),
    "resident, unknown keyword": lambda s: s.m.resident(page=1),
    "lock past the end": lambda s: s.m.lock(BIG >> 30),
    "lock of a fault": lambda s: s.cut.lock(),
    "protect, unknown": lambda s: s.m.protect(77),
    "protect, shared": lambda s: s.m.protect(ironmap.ACCESS_COPY),
    "restore of a cut file": lambda s: (s.cut.restore(), s.cut[PAGE]),
    "exit with too few": lambda s: s.m.__exit__(),
}

if sys.platform != "win32":
    SUCCEEDING |= {
        "madvise": lambda s: s.m.madvise(ironmap.MADV_NORMAL),
        "set_name": lambda s: s.memory.set_name("name"),
    }
    FAILING |= {
        "new, flags and access": lambda s: ironmap.mmap(-1, 5, flags=1, prot=1, access=1),
        "madvise, unknown": lambda s: s.memory.madvise(77),
        "madvise, negative": lambda s: s.m.madvise(-1),
        "madvise past the end": lambda s: s.m.madvise(0, BIG >> 30),
        "set_name of a number": lambda s: s.memory.set_name(5),
        "set_name, long": lambda s: s.memory.set_name("x" * 100),
        "set_name of a file": lambda s: s.m.set_name("x"),
        "set_name with a zero": lambda s: s.memory.set_name("a\0"),
    }
if hasattr(ironmap.mmap, "drop"):
    SUCCEEDING |= {"drop": lambda s: s.m.drop()}
    FAILING |= {"drop of memory": lambda s: s.memory.drop()}

OPERATIONS = SUCCEEDING | FAILING
