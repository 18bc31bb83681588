"""Odd arguments. Each is made anew for each call, because some act on the map of the call."""

import array
import operator
import struct
import sys


class Index:
    """An integer that is no int, and acts when it is converted."""

    def __init__(self, value, act=None):
        self.value = value
        self.act = act

    def __index__(self):
        if self.act is not None:
            self.act()
        return self.value


class Buffer:
    """A buffer that acts when it is requested (from Python 3.12 on)."""

    def __init__(self, value, act=None):
        self.value = value
        self.act = act

    def __buffer__(self, flags):
        if self.act is not None:
            self.act()
        return memoryview(self.value)


class Truth:
    """An object that acts when it is tested for truth."""

    def __init__(self, act):
        self.act = act

    def __bool__(self):
        self.act()
        return True


class Int(int):
    """A subclass of int: its own ``__index__`` is not called."""

    def __index__(self):
        return 77


class Text(str):
    pass


class Bytes(bytes):
    pass


def fail():
    raise KeyError("of the argument")


def resize(m, size):
    """Resizes the map, if it can be resized."""
    try:
        m.resize(size)
    except (BufferError, OSError, TypeError, ValueError):
        pass


def seek(m, to):
    try:
        m.seek(to)
    except ValueError:
        pass


NUMBERS = {
    "0": lambda m: 0,
    "1": lambda m: 1,
    "-1": lambda m: -1,
    "3": lambda m: 3,
    "10": lambda m: 10,
    "-4": lambda m: -4,
    "11": lambda m: 11,
    "-11": lambda m: -11,
    "12": lambda m: 12,
    "-12": lambda m: -12,
    "255": lambda m: 255,
    "256": lambda m: 256,
    "2**31": lambda m: 1 << 31,
    "-2**31-1": lambda m: -(1 << 31) - 1,
    "maxsize": lambda m: sys.maxsize,
    "-maxsize": lambda m: -sys.maxsize,
    "-maxsize-1": lambda m: -sys.maxsize - 1,
    "maxsize+1": lambda m: sys.maxsize + 1,
    "2**64": lambda m: 1 << 64,
    "-2**64": lambda m: -(1 << 64),
    "True": lambda m: True,
    "Int(2)": lambda m: Int(2),
    "Index(3)": lambda m: Index(3),
    "Index(-1)": lambda m: Index(-1),
    "Index(999)": lambda m: Index(999),
    "Index(2**64)": lambda m: Index(1 << 64),
    "Index('x')": lambda m: Index("x"),
}

OTHERS = {
    "None": lambda m: None,
    "1.5": lambda m: 1.5,
    "'x'": lambda m: "x",
    "'x' * 67": lambda m: "x" * 67,
    "'a\\0b'": lambda m: "a\0b",
    "Text('x')": lambda m: Text("x"),
    "object()": lambda m: object(),
    "int": lambda m: int,
    "()": lambda m: (),
    "slice(None)": lambda m: slice(None),
    "slice(1, 4)": lambda m: slice(1, 4),
    "slice(-2, None)": lambda m: slice(-2, None),
    "slice(20, 2)": lambda m: slice(20, 2),
    "slice(9, None, -3)": lambda m: slice(9, None, -3),
    "slice(None, None, 2)": lambda m: slice(None, None, 2),
    "slice(0, 9, 0)": lambda m: slice(0, 9, 0),
    "slice('x')": lambda m: slice("x"),
    "slice(0, 2**64)": lambda m: slice(0, 1 << 64),
    "slice(Index(2), Index(5))": lambda m: slice(Index(2), Index(5)),
}

BUFFERS = {
    "b''": lambda m: b"",
    "b'c'": lambda m: b"c",
    "b'cde'": lambda m: b"cde",
    "Bytes(b'c')": lambda m: Bytes(b"c"),
    "bytearray(b'd')": lambda m: bytearray(b"d"),
    "memoryview(b'deX')[:2]": lambda m: memoryview(b"deX")[:2],
    "memoryview(b'd.e.')[::2]": lambda m: memoryview(b"d.e.")[::2],
    "array('H', [25185])": lambda m: array.array("H", struct.unpack("=H", b"ab")),
    "11 bytes": lambda m: b"ABCDEFGHIJK",
    "12 bytes": lambda m: b"ABCDEFGHIJKL",
    "m": lambda m: m,
    "memoryview(m)": lambda m: memoryview(m),
    "memoryview(m)[1:4]": lambda m: memoryview(m)[1:4],
}

HOSTILE = {
    "Index raises": lambda m: Index(0, fail),
    "Index(1) closes": lambda m: Index(1, m.close),
    "Index(999) closes": lambda m: Index(999, m.close),
    "Index(-1) closes": lambda m: Index(-1, m.close),
    "Index(1) resizes to 5": lambda m: Index(1, lambda: resize(m, 5)),
    "Index(-1) resizes to 5": lambda m: Index(-1, lambda: resize(m, 5)),
    "Index(7) resizes to 5": lambda m: Index(7, lambda: resize(m, 5)),
    "Index(20) resizes to 30": lambda m: Index(20, lambda: resize(m, 30)),
    "Index(1) seeks to 7": lambda m: Index(1, lambda: seek(m, 7)),
    "Index(-1) writes": lambda m: Index(-1, lambda: operator.setitem(m, 1, 90)),
    "Truth raises": lambda m: Truth(fail),
}

# A slice is told by type, so what acts is inside of it.
HOSTILE_SLICES = {
    "slice(closes, 3)": lambda m: slice(Index(1, m.close), 3),
    "slice(1, resizes)": lambda m: slice(1, Index(9, lambda: resize(m, 5))),
    "slice(raises)": lambda m: slice(Index(0, fail)),
}

# From Python 3.12 on; before, they are no buffers.
HOSTILE_BUFFERS = {
    "Buffer(b'cd')": lambda m: Buffer(b"cd"),
    "Buffer raises": lambda m: Buffer(b"cd", fail),
    "Buffer(b'c') closes": lambda m: Buffer(b"c", m.close),
    "Buffer(b'cde') resizes to 5": lambda m: Buffer(b"cde", lambda: resize(m, 5)),
    "Buffer(b'cd') seeks to 7": lambda m: Buffer(b"cd", lambda: seek(m, 7)),
}

ALL = NUMBERS | OTHERS | BUFFERS | HOSTILE | HOSTILE_SLICES | HOSTILE_BUFFERS

# Not in the grid: what ironmap promises is told by it.
POSITION = "the position"
ARGUMENTS = ALL | {POSITION: lambda m: 0 if m.closed else m.tell()}

# Chosen for calls with three arguments and more.
FEW = {
    name: ALL[name]
    for name in (
        *("0", "-1", "3", "12", "2**64", "-2**64", "None", "'x'", "1.5", "b'c'", "Index(999)"),
        *("Index raises", "Index(1) closes", "Index(1) resizes to 5", "Buffer(b'c') closes"),
    )
}
