"""The operations of the module, by name: `OPERATIONS[name](maps)`.

A name begins with a method or function; each one of the module has an operation
(test_operations.py). Other files run the operations while system calls and allocations
fail, and count references after them.
"""

import copy
import importlib.util
import os
import pickle
import sys
from array import array
from collections.abc import Callable
from typing import NamedTuple

import ironmap
import ironmap._lines  # By the extension's first use of it, an import may fail in other ways.
from inject.maps import PAGE, Closing, Damaged, Files, Index, Maps, Sub, failing_needles, heard
from ironmap import _ironmap, _shared


class After(NamedTuple):
    """An operation and its preparation."""

    prepare: Callable
    work: Callable

    def __call__(self, maps):
        self.prepare(maps)
        return self.work(maps)


BIG = 1 << 70
LONG = b"x" * 100_000


def lend(s):
    """Exports the map once: after that its address is kept."""
    memoryview(s.m).release()


def prepare(s):
    s.needles = ironmap.Needles([b"second", b"line", bytes(50)], ignore_case=True)


def release_beside_buffer(m):
    """Releases a map, then its last buffer."""
    with memoryview(m) as view:
        m.release()
        return view[0]


def acknowledge(s):
    """Reports the damage of a map, which happens once."""
    first_error(lambda: s.damaged[PAGE])


def pickle_map(s):
    s.pickled = pickle.dumps(s.opened)


def unpickled(s):
    """Unpickles a map and uses it: only the use can raise."""
    m = pickle.loads(s.pickled)
    m.size()
    return m


class Handed:
    """A descriptor that another process has handed over."""

    def __init__(self, m):
        self.m = m

    def detach(self):
        return os.dup(self.m.fileno())


def receive(s):
    """Maps memory that was handed over, and uses it: only the use can raise."""
    received = _shared.receive(Handed(s.shared), PAGE, True)
    received.size()
    return len(received)


def share(s):
    s.shared = ironmap.shared(PAGE)


def first_error(work):
    try:
        work()
    except OSError as error:
        return type(error)


def first_refusal(work):
    try:
        work()
    except ValueError as error:
        return str(error)


SUCCEEDING = {
    "__getitem__": lambda s: s.m[0],
    "__getitem__ of a slice": lambda s: s.m[0:100],
    "__getitem__ of all": lambda s: s.memory[:],
    "__getitem__ of a stride": lambda s: s.memory[::-3],
    "__setitem__": lambda s: s.m.__setitem__(0, 7),
    "__setitem__ of a slice": lambda s: s.m.__setitem__(slice(0, 3), bytearray(b"abc")),
    "__len__": lambda s: len(s.m),
    "__getitem__ of each": lambda s: list(s.m),
    "__getitem__ by in": lambda s: b"\n" in s.m,
    "__bytes__": lambda s: bytes(s.m),
    "__repr__": lambda s: repr(s.m),
    "__repr__ of a subclass": lambda s: repr(Sub(-1, 5)),
    "__repr__, closed": lambda s: repr(s.closed),
    "mmap": lambda s: ironmap.mmap(-1, PAGE),
    "mmap of a file": lambda s: ironmap.mmap(s.over.fileno(), 0),
    "mmap to read": lambda s: ironmap.mmap(
        s.over.fileno(), PAGE, access=ironmap.ACCESS_READ, offset=PAGE
    ),
    "mmap to copy": lambda s: ironmap.mmap(s.over.fileno(), 0, access=ironmap.ACCESS_COPY),
    "mmap without a descriptor": lambda s: ironmap.mmap(s.over.fileno(), 0, trackfd=False),
    "_map_file": lambda s: _ironmap._map_file(
        Sub, s.over.fileno(), 5, ironmap.ACCESS_READ, 3, True
    ),
    "_set_default_trackfd": lambda s: _ironmap._set_default_trackfd(True),
    "_absent_map": lambda s: _ironmap._absent_map(ironmap.mmap, OSError, (1, "x")),
    "read": lambda s: s.m.read(100),
    "readline": lambda s: s.m.readline(),
    "readline, long": lambda s: s.memory.readline(),
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
    "resize to more": lambda s: s.m.resize(8 * PAGE + 5),
    "resize to less": lambda s: s.m.resize(PAGE + 5),
    "resize of what was lent": After(lend, lambda s: s.m.resize(8 * PAGE)),
    "resize to less of what was lent": After(lend, lambda s: s.m.resize(PAGE)),
    "resize back to more": After(
        lambda s: (lend(s), s.m.resize(8 * PAGE), s.m.resize(PAGE)), lambda s: s.m.resize(6 * PAGE)
    ),
    "resize of damage": After(acknowledge, lambda s: s.damaged.resize(6 * PAGE)),
    "truncate": lambda s: s.m.truncate(PAGE),
    "truncate at the position": After(lambda s: s.m.seek(3 * PAGE), lambda s: s.m.truncate()),
    "find": lambda s: s.m.find(b"second"),
    "find in a buffer": lambda s: s.m.find(memoryview(b"second")),
    "find, long": lambda s: s.memory.find(bytearray(LONG)),
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
    "find_all into an array": lambda s: s.m.find_all(b"line", out=array("Q", [0] * 9)),
    "find_all into a small array": lambda s: first_refusal(
        lambda: s.m.find_all(b"i", out=array("Q", [0]))
    ),
    "line_offsets": lambda s: len(s.m.line_offsets()),
    "line_offsets into an array": lambda s: s.m.line_offsets(out=array("Q", [0] * 9)),
    "load_u16": lambda s: s.m.load_u16(PAGE + 2),
    "load_u32": lambda s: s.m.load_u32(PAGE + 4),
    "load_u64": lambda s: s.m.load_u64(PAGE + 8),
    "store_u16": lambda s: s.m.store_u16(PAGE + 2, 1),
    "store_u32": lambda s: s.m.store_u32(PAGE + 4, 1 << 31),
    "store_u64": lambda s: s.m.store_u64(PAGE + 8, 1 << 63),
    "fetch_add_u32": lambda s: s.m.fetch_add_u32(PAGE + 4, -1),
    "fetch_add_u64": lambda s: s.m.fetch_add_u64(PAGE + 8, 1),
    "compare_exchange_u32": lambda s: s.m.compare_exchange_u32(PAGE + 4, 0, 1),
    "compare_exchange_u64": lambda s: s.m.compare_exchange_u64(PAGE + 8, 0, 1),
    "find_any, prepared": After(prepare, lambda s: s.m.find_any(s.needles)),
    "find_all, prepared": After(prepare, lambda s: list(s.m.find_all(s.needles))),
    "count, prepared": After(prepare, lambda s: s.m.count(s.needles)),
    "lines": lambda s: list(s.m.lines()),
    "lines, matching": lambda s: list(s.m.lines(matching=b"second")),
    "_prepare_needles": lambda s: len(ironmap.Needles([b"second", b"third"])),
    "_prepare_needles of one": lambda s: len(ironmap.Needles([b"Second"], ignore_case=True)),
    "lines, long": lambda s: list(s.memory.lines(keepends=False, start=5)),
    "find_all, not begun": lambda s: s.m.find_all(b"line"),
    "__enter__": lambda s: s.memory.__enter__() is s.memory,
    "__exit__": lambda s: s.memory.__exit__(None, None, None),
    "__buffer__": lambda s: memoryview(s.m).release(),
    "populate": lambda s: s.m.populate(),
    "resident": lambda s: s.m.resident(),
    "resident, pages": lambda s: s.m.resident(pages=True),
    "lock": lambda s: s.m.lock(0, PAGE),
    "unlock": After(lambda s: s.m.lock(), lambda s: s.m.unlock(0, PAGE)),
    "protect": lambda s: s.memory.protect(ironmap.ACCESS_READ),
    "protect of a file": lambda s: s.m.protect(ironmap.ACCESS_READ),
    "closed": lambda s: s.m.closed,
    "faults": lambda s: s.m.faults,
    "restore": lambda s: s.m.restore(),
    "restore of damage": lambda s: s.damaged.restore(),
    "__getitem__ of damage": After(acknowledge, lambda s: s.damaged[PAGE]),
    "close": lambda s: s.m.close(),
    "close of memory": lambda s: s.private.close(),
    "close of what was lent": After(lend, lambda s: s.m.close()),
    "refresh": lambda s: s.m.refresh(),
    "refresh of a file that has grown": After(
        lambda s: os.truncate(s.path("mapped"), 9 * PAGE), lambda s: s.m.refresh()
    ),
    "refresh of a file that was cut": lambda s: s.cut.refresh(),
    "release": lambda s: s.m.release(),
    "release of what was lent": After(lend, lambda s: s.m.release()),
    "release beside a buffer": lambda s: release_beside_buffer(s.m),
    "isatty": lambda s: s.m.isatty(),
    "readable": lambda s: s.m.readable(),
    "seekable": lambda s: s.m.seekable(),
    "writable": lambda s: s.m.writable(),
    "find_all_iterator.__iter__": lambda s: list(iter(s.m.find_all(b"\n"))),
    "find_all_iterator.__next__": lambda s: next(s.m.find_all(b"line")),
    "find_all, by all cores": lambda s: list(s.large.find_all(b"\1")),
    "find_each_iterator.__iter__": lambda s: list(iter(s.m.find_all(ironmap.Needles([b"a"])))),
    "find_each_iterator.__next__": lambda s: next(s.m.find_all(ironmap.Needles([b"line"]))),
    "lines_iterator.__iter__": lambda s: list(iter(s.m.lines())),
    "lines_iterator.__next__": lambda s: next(s.m.lines(start=3)),
    "matching_lines_iterator.__iter__": lambda s: list(iter(s.m.lines(matching=b"line"))),
    "matching_lines_iterator.__next__": lambda s: next(s.m.lines(start=3, matching=b"line")),
    "count, by all cores": lambda s: s.large.count(b"\0\1"),
    "read of a large map": lambda s: s.large.read(2 << 20),
}

OF_THE_MODULE = {
    "fault_guard": lambda s: ironmap.fault_guard(),
    "ensure_fault_guard": lambda s: ironmap.ensure_fault_guard(),
    "set_fault_hook": After(
        lambda s: ironmap.set_fault_hook(None), lambda s: ironmap.set_fault_hook(heard)
    ),
    "set_fault_hook and a fault": After(
        lambda s: ironmap.set_fault_hook(heard), lambda s: first_error(lambda: s.cut[2 * PAGE])
    ),
    "install": After(lambda s: ironmap.uninstall(), lambda s: ironmap.install()),
    "install with options": After(
        lambda s: ironmap.uninstall(), lambda s: ironmap.install(trackfd=False, children=True)
    ),
    "uninstall": After(lambda s: ironmap.install(), lambda s: ironmap.uninstall()),
    "uninstall of options": After(
        lambda s: ironmap.install(trackfd=False, children=True), lambda s: ironmap.uninstall()
    ),
    "split": lambda s: ironmap.split(s.path("file"), 3, at=b"\0"),
    "split by size": lambda s: ironmap.split(s.path("file"), size=PAGE, check=False),
    "open": lambda s: ironmap.open(s.path("file")),
    "open of a part": lambda s: ironmap.open(s.path("file"), offset=7, length=PAGE, trackfd=False),
    "open unchecked": lambda s: ironmap.open(s.path("file"), check=False),
    "open to write": lambda s: ironmap.open(s.path("file"), "r+"),
    "open to copy": lambda s: ironmap.open(s.path("file"), "c"),
    "open with pages": lambda s: ironmap.open(s.path("file"), populate=True),
    "open anew": lambda s: ironmap.open(s.path("unmade"), "w+", length=PAGE),
    "open over a file": lambda s: ironmap.open(s.path("over"), "w+", length=2 * PAGE),
    "open over a shorter file": lambda s: ironmap.open(s.path("over"), "w+", length=9 * PAGE),
    "open over a file, with pages": lambda s: ironmap.open(
        s.path("over"), "w+", length=PAGE, populate=True
    ),
    "Part.open": lambda s: s.part.open(),
    "FileMap.path": lambda s: os.path.basename(s.opened.path),
    "FileMap.name": lambda s: os.path.basename(s.opened.name),
    "FileMap.mode": lambda s: s.opened.mode,
    "FileMap.__repr__": lambda s: len(repr(s.opened)),
    "FileMap.refresh": lambda s: s.opened.refresh(),
    "FileMap.tail": lambda s: s.opened.tail(2),
    "FileMap.line_at": lambda s: s.opened.line_at(3),
    "FileMap.save": lambda s: s.opened.save(s.path("saved")),
    "FileMap.save over a file": lambda s: s.opened.save(s.path("over")),
    "FileMap.check": lambda s: s.opened.check(),
    "FileMap.array, wrong": lambda s: (
        first_refusal(lambda: s.opened.array("B", -1))
        if importlib.util.find_spec("numpy")
        else None
    ),
    "FileMap.close": lambda s: s.opened.close(),
    "FileMap.__exit__": lambda s: s.opened.__exit__(None, None, None),
    "FileMap.__exit__ of a block that raised": lambda s: s.opened.__exit__(OSError, None, None),
    "FileMap.__iter__": lambda s: [byte for byte, _ in zip(s.opened, range(5), strict=False)],
    "FileMap.__reversed__": lambda s: next(reversed(s.opened)),
    "FileMap.__contains__": lambda s: [b"f" in s.opened, 5 in s.read_only],
    "FileMap.flush": lambda s: s.opened.flush(PAGE + 7, 100),
    "shared": lambda s: len(ironmap.shared(5000)),
    "shared, received": After(share, receive),
    "FileMap.__reduce_ex__": lambda s: type(pickle.dumps(s.opened)),
    "FileMap.__reduce_ex__ and back": After(pickle_map, unpickled),
}
if sys.platform == "linux":
    OF_THE_MODULE |= {
        "open with advice": lambda s: ironmap.open(
            s.path("file"), advise=[ironmap.MADV_RANDOM, ironmap.MADV_WILLNEED], huge_pages=True
        ),
        "open to write, reserved": lambda s: ironmap.open(s.path("over"), "r+", reserve=True),
        "open anew, reserved": lambda s: ironmap.open(
            s.path("unmade"), "w+", length=5 * PAGE, reserve=True
        ),
        "open over a file, reserved": lambda s: ironmap.open(
            s.path("over"), "w+", length=2 * PAGE, reserve=True
        ),
        "Part.open, reserved": lambda s: s.part.open("r+", reserve=True),
    }
SUCCEEDING |= OF_THE_MODULE

FAILING = {
    "__getitem__ past the end": lambda s: s.m[BIG >> 30],
    "__getitem__ of a large int": lambda s: s.m[BIG],
    "__getitem__ of a str": lambda s: s.m["a"],
    "__getitem__ of an error": lambda s: s.m[Index()],
    "__getitem__ of a fault": lambda s: s.cut[2 * PAGE],
    "__getitem__ of a slice of a fault": lambda s: s.cut[PAGE:],
    "__getitem__ of a slice of a str": lambda s: s.m["a":],
    "__setitem__, large": lambda s: s.m.__setitem__(0, 300),
    "__setitem__, large int": lambda s: s.m.__setitem__(0, BIG),
    "__setitem__, read-only": lambda s: s.read_only.__setitem__(0, 1),
    "__setitem__ of a slice, wrong size": lambda s: s.m.__setitem__(slice(0, 2), b"abc"),
    "__setitem__ of a slice, str": lambda s: s.m.__setitem__(slice(0, 2), "ab"),
    "__delitem__": lambda s: s.m.__delitem__(0),
    "__getitem__, closed": lambda s: s.closed[0],
    "__getitem__, closed while converting": lambda s: s.memory[Closing(s.memory)],
    "read of an absent map": lambda s: s.absent.read(),
    "mmap, bad descriptor": lambda s: ironmap.mmap(-5, 5),
    "mmap, no length": lambda s: ironmap.mmap(-1, 0),
    "mmap, negative": lambda s: ironmap.mmap(-1, -1),
    "mmap, too long": lambda s: ironmap.mmap(s.file.fileno(), 1 << 40),
    "mmap, bad access": lambda s: ironmap.mmap(-1, 5, access=77),
    "mmap, bad keyword": lambda s: ironmap.mmap(-1, 5, acces=1),
    "mmap, offset": lambda s: ironmap.mmap(s.file.fileno(), 0, offset=1 << 40),
    "_set_default_trackfd of None": lambda s: _ironmap._set_default_trackfd(None),
    "_map_file, bad class": lambda s: _ironmap._map_file(int, 0, 5, 1, 0, True),
    "_map_file, bad bool": lambda s: _ironmap._map_file(Sub, 0, 5, 1, 0, None),
    "read of a str": lambda s: s.m.read("a"),
    "read of a fault": lambda s: s.cut.read(),
    "readline of a fault": lambda s: s.cut.readline(),
    "readinto of bytes": lambda s: s.m.readinto(b"abc"),
    "readinto of None": lambda s: s.m.readinto(None),
    "read_byte at the end": After(lambda s: s.m.seek(0, 2), lambda s: s.m.read_byte()),
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
    "seek, large whence": lambda s: s.m.seek(0, BIG),
    "move past the end": lambda s: s.m.move(0, BIG >> 30, 1),
    "flush past the end": lambda s: s.m.flush(BIG >> 30),
    "flush, too many": lambda s: s.m.flush(0, 1, 2, 3),
    "flush, keyword": lambda s: s.m.flush(flag=1),
    "resize to nothing": lambda s: s.m.resize(0),
    "resize, read-only": lambda s: s.read_only.resize(5),
    "resize, exported": lambda s: (memoryview(s.m), s.m.resize(5)),
    "resize of shared memory": lambda s: s.memory.resize(BIG >> 50),
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
    "load_u32 between numbers": lambda s: s.m.load_u32(6),
    "load_u64 past the end": lambda s: s.m.load_u64(1 << 30),
    "load_u32 before the start": lambda s: s.m.load_u32(-4),
    "load_u32 of a fault": lambda s: s.cut.load_u32(PAGE),
    "load_u32 of a closed map": lambda s: s.closed.load_u32(0),
    "store_u32, read-only": lambda s: s.read_only.store_u32(0, 1),
    "store_u64, large": lambda s: s.m.store_u64(0, BIG),
    "fetch_add_u64 without a value": lambda s: s.m.fetch_add_u64(0),
    "find_any of bytes": lambda s: s.m.find_any(b"abc"),
    "find_any of an error": lambda s: s.m.find_any(failing_needles()),
    "lines, unknown keyword": lambda s: s.m.lines(**{"\ud800": 1}),
    "lines, twice": lambda s: s.m.lines(True, keepends=True),
    "lines of a fault": lambda s: list(s.cut.lines()),
    "__buffer__ to write to": lambda s: (memoryview(s.read_only), os.readv(0, [s.read_only])),
    "__buffer__ of a closed map": lambda s: memoryview(s.closed),
    "fileno of memory": lambda s: s.memory.fileno(),
    "fileno of a part": lambda s: s.cut.fileno(),
    "populate, negative": lambda s: s.m.populate(-1),
    "populate past the end": lambda s: s.m.populate(BIG >> 30),
    "populate of a fault": lambda s: s.cut.populate(),
    "resident, unknown keyword": lambda s: s.m.resident(page=1),
    "lock past the end": lambda s: s.m.lock(BIG >> 30),
    "lock of a fault": lambda s: s.cut.lock(),
    "protect, unknown": lambda s: s.m.protect(77),
    "protect, shared": lambda s: s.m.protect(ironmap.ACCESS_COPY),
    "restore of a cut file": lambda s: (s.cut.restore(), s.cut[PAGE]),
    "__exit__ with too few": lambda s: s.m.__exit__(),
    "open of no file": lambda s: ironmap.open(s.path("unmade")),
    "open of a folder": lambda s: ironmap.open(s.folder),
    "open past the end": lambda s: ironmap.open(s.path("file"), offset=1 << 30),
    "open, unknown": lambda s: ironmap.open(s.path("file"), "a"),
    "open over a folder": lambda s: ironmap.open(s.folder, "w+", length=5),
    "open over a file, past all sizes": lambda s: ironmap.open(
        s.path("over"), "w+", length=(1 << 63) - 1
    ),
    "split of no file": lambda s: ironmap.split(s.path("unmade"), 3),
    "split without a size": lambda s: ironmap.split(s.path("file")),
    "Part.open of what is shorter": After(
        lambda s: os.truncate(s.path("file"), PAGE), lambda s: s.part.open()
    ),
    "FileMap.__new__": lambda s: ironmap.FileMap(s.file.fileno(), 0),
    "shared of nothing": lambda s: ironmap.shared(0),
    "SharedMap.__new__": lambda s: ironmap.SharedMap(-1, 5),
    "SharedMap.__reduce_ex__": After(share, lambda s: pickle.dumps(s.shared)),
    "SharedMap.__copy__": After(share, lambda s: copy.copy(s.shared)),
    "SharedMap.__deepcopy__": After(share, lambda s: copy.deepcopy(s.shared)),
    "SharedMap.resize": After(share, lambda s: s.shared.resize(5)),
    "SharedMap.truncate": After(share, lambda s: s.shared.truncate()),
    "FileMap.__copy__": lambda s: copy.copy(s.opened),
    "FileMap.__deepcopy__": lambda s: copy.deepcopy(s.opened),
    "FileMap.__reduce_ex__ and no file": After(
        lambda s: (pickle_map(s), os.unlink(s.path("file"))), unpickled
    ),
    "set_fault_hook of a number": lambda s: ironmap.set_fault_hook(5),
    "disable_fault_guard": lambda s: ironmap.disable_fault_guard(),
}

if sys.platform != "win32":
    SUCCEEDING |= {
        "fileno": lambda s: s.m.fileno() > 0,
        "fileno, once more": After(
            lambda s: s.m.seek(5 * (s.m.fileno() > 0)), lambda s: s.m.fileno() > 0
        ),
        "madvise": lambda s: s.m.madvise(ironmap.MADV_NORMAL),
        "set_name": lambda s: s.memory.set_name("name"),
    }
    FAILING |= {
        "mmap, flags and access": lambda s: ironmap.mmap(-1, 5, flags=1, prot=1, access=1),
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

if sys.platform == "linux":
    SUCCEEDING |= {
        "resize of memory": lambda s: s.memory.resize(100_000),
        "resize of private memory": lambda s: s.private.resize(20 * PAGE),
        "resize, reserved": lambda s: s.m.resize(8 * PAGE, reserve=True),
        "truncate of memory": lambda s: s.memory.truncate(100_000),
        "cold": lambda s: s.m.cold(),
        "_reserve_space": lambda s: _ironmap._reserve_space(s.over.fileno(), 0, 5 * PAGE),
        "_file_status": lambda s: list(map(type, _ironmap._file_status(s.over.fileno()) or ())),
    }
if sys.platform != "win32":
    SUCCEEDING |= {
        "_map_past_end": lambda s: _ironmap._map_past_end(
            Sub, s.over.fileno(), 9 * PAGE, ironmap.ACCESS_READ, 0, True
        ),
        "_overwrite_with_zeros": lambda s: _ironmap._overwrite_with_zeros(
            s.over.fileno(), 5 * PAGE
        ),
        "_replace_with_zeros": lambda s: _ironmap._replace_with_zeros(s.over.fileno(), 5 * PAGE),
    }

# Operations that are the first of a process.
FIRST = {
    "mmap, the first": lambda s: ironmap.mmap(-1, PAGE),
    "mmap of a file, the first": lambda s: ironmap.mmap(s.file.fileno(), 0),
    "ensure_fault_guard, the first": lambda s: ironmap.ensure_fault_guard(),
}
SUCCEEDING |= FIRST
OPERATIONS = SUCCEEDING | FAILING


def setting(name):
    """Returns the class of the files and maps that an operation uses."""
    return Files if name in FIRST else Damaged if "damage" in name.split() else Maps
