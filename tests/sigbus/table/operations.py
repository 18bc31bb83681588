"""The operations of a map, and the bytes that each one touches.

The map has 4 units; a unit is one page, or so many that the operation runs without the
GIL.
"""

import hashlib
import io
import re
import struct
from collections.abc import Callable
from mmap import PAGESIZE
from typing import NamedTuple

ABSENT = b"\xff\xfe\xfd"  # bytes that no file has


class Operation(NamedTuple):
    act: Callable
    touches: tuple[range, ...]
    position: int = 0
    writes: bool = False
    like: Callable | None = None  # the same with methods of the stdlib module

    def damaged(self, start):
        """Returns the first byte from `start` on of each touched range that has one."""
        return {max(touched.start, start) for touched in self.touches if touched.stop > start}

    def is_touched(self, at):
        return any(at in touched for touched in self.touches)


def places(unit):
    """Returns three places of a map: inside unit 1, inside unit 3, and its end."""
    return unit + 7, 3 * unit + 9, 4 * unit


def stretch(places):
    """Returns the range from the least to the greatest place."""
    return range(min(places[0], places[-1]), max(places[0], places[-1]) + 1)


def number(unit):
    """Returns the place of an aligned number of 64 bits."""
    return range(3 * unit + 16, 3 * unit + 24)


def exchanged(m, unit, change):
    """Changes the number there, and returns it as it was."""
    (before,) = struct.unpack_from("=Q", m, number(unit)[0])
    struct.pack_into("=Q", m, number(unit)[0], change(before))
    return before


def reading(unit):
    low, high, length = places(unit)
    return {
        "slice": Operation(lambda m: m[low:high], (range(low, high),)),
        "slice of all": Operation(lambda m: m[:], (range(length),)),
        "slice by 2": Operation(lambda m: m[low:high:2], (stretch(range(low, high, 2)),)),
        "slice backwards": Operation(lambda m: m[high:low:-1], (stretch(range(high, low, -1)),)),
        "slice by -3": Operation(lambda m: m[high:low:-3], (stretch(range(high, low, -3)),)),
        "slice by a page": Operation(
            lambda m: m[5::PAGESIZE], (stretch(range(5, length, PAGESIZE)),)
        ),
        "bytes()": Operation(bytes, (range(length),)),
        "read": Operation(lambda m: m.read(high - low), (range(low, high),), low),
        "read to the end": Operation(lambda m: m.read(), (range(low, length),), low),
        "readline": Operation(lambda m: m.readline(), (range(low, length),), low),
        "find one": Operation(lambda m: m.find(ABSENT[:1], low), (range(low, length),)),
        "find many": Operation(lambda m: m.find(ABSENT, low), (range(low, length),)),
        "find in a part": Operation(lambda m: m.find(ABSENT, low, high), (range(low, high),)),
        "find from position": Operation(lambda m: m.find(ABSENT), (range(low, length),), low),
        "rfind one": Operation(lambda m: m.rfind(ABSENT[:1], low, high), (range(low, high),)),
        "rfind many": Operation(lambda m: m.rfind(ABSENT, low, high), (range(low, high),)),
    }


def reading_little(unit):
    low, high, length = places(unit)
    return {
        "item": Operation(lambda m: m[high], (range(high, high + 1),)),
        "item from the end": Operation(lambda m: m[high - length], (range(high, high + 1),)),
        "read_byte": Operation(lambda m: m.read_byte(), (range(high, high + 1),), high),
        "iteration": Operation(list, (range(length),)),
        "reversed": Operation(lambda m: list(reversed(m)), (range(length - 1, length),)),
        "in": Operation(lambda m: 255 in m, (range(length),)),
        "unpacking": Operation(lambda m: [*m], (range(length),)),
        "load_u64": Operation(
            lambda m: m.load_u64(number(unit)[0]),
            (number(unit),),
            like=lambda m: struct.unpack_from("=Q", m, number(unit)[0])[0],
        ),
    }


def added(unit):
    """Operations that the stdlib module does not have."""
    low, high, length = places(unit)
    part, rest = (range(low, high),), (range(low, length),)

    def readinto(m):
        into = bytearray(high - low)
        return into[: m.readinto(into)]

    return {
        "readinto": Operation(readinto, part, low, like=lambda m: m.read(high - low)),
        "readlines": Operation(lambda m: m.readlines(), rest, low, like=lambda m: [m.readline()]),
        "count one": Operation(lambda m: m.count(255, low), rest, like=lambda m: 0),
        "count many": Operation(lambda m: m.count(ABSENT, low, high), part, like=lambda m: 0),
        "find_all": Operation(lambda m: list(m.find_all(ABSENT, low)), rest, like=lambda m: []),
        "find_any": Operation(
            lambda m: m.find_any([ABSENT, b"absent"], low), rest, like=lambda m: None
        ),
        "lines": Operation(lambda m: list(m.lines(start=low)), rest, like=lambda m: [m[low:]]),
    }


def writing(unit):
    low, high, length = places(unit)
    new = b"n" * (high - low)
    both = (range(high - low), range(low, high))
    ends = (range(7, 7 + unit // 2), range(high, high + unit // 2))

    def set_slice(start, stop, step=1):
        places = range(start, stop, step)
        act = lambda m: m.__setitem__(slice(start, stop, step), new[: len(places)])
        return Operation(act, (stretch(places),), writes=True)

    return {
        "set slice": set_slice(low, high),
        "set slice by 2": set_slice(low, high, 2),
        "set slice backwards": set_slice(high, low, -1),
        "set slice by -3": set_slice(high, low, -3),
        "write": Operation(lambda m: m.write(new), (range(low, high),), low, True),
        "move from behind": Operation(lambda m: m.move(7, high, unit // 2), ends, writes=True),
        "move to behind": Operation(lambda m: m.move(high, 7, unit // 2), ends, writes=True),
        "move upwards": Operation(lambda m: m.move(low, 0, high - low), both, writes=True),
        "move downwards": Operation(lambda m: m.move(0, low, high - low), both, writes=True),
    }


def writing_little(unit):
    _, high, length = places(unit)
    one = (range(high, high + 1),)
    return {
        "set item": Operation(lambda m: m.__setitem__(high, 9), one, writes=True),
        "set item from the end": Operation(
            lambda m: m.__setitem__(high - length, 9), one, writes=True
        ),
        "write_byte": Operation(lambda m: m.write_byte(9), one, high, True),
        "store_u64": Operation(
            lambda m: m.store_u64(number(unit)[0], 9),
            (number(unit),),
            writes=True,
            like=lambda m: struct.pack_into("=Q", m, number(unit)[0], 9),
        ),
        "fetch_add_u64": Operation(
            lambda m: m.fetch_add_u64(number(unit)[0], 9),
            (number(unit),),
            writes=True,
            like=lambda m: exchanged(m, unit, lambda before: (before + 9) % 2**64),
        ),
        "compare_exchange_u64": Operation(
            lambda m: m.compare_exchange_u64(number(unit)[0], 9, 10),
            (number(unit),),
            writes=True,
            like=lambda m: exchanged(m, unit, lambda before: before),
        ),
    }


def foreign(unit):
    """Operations of other code on the map's memory, from the first byte to the last."""
    _, high, length = places(unit)
    whole, end = (range(length),), (range(high, high + 8),)
    return {
        "bytearray()": Operation(bytearray, whole),
        "memoryview": Operation(lambda m: bytes(memoryview(m)), whole),
        "memoryview backwards": Operation(lambda m: bytes(memoryview(m)[::-1]), whole),
        "memoryview item": Operation(lambda m: memoryview(m)[high], (range(high, high + 1),)),
        "join": Operation(lambda m: b"".join([m, m]), whole),
        "re": Operation(lambda m: re.search(re.escape(ABSENT), m), whole),
        "hashlib": Operation(lambda m: hashlib.sha256(m).digest(), whole),
        "struct": Operation(lambda m: struct.unpack_from("=Q", m, high), end),
        "BytesIO": Operation(lambda m: io.BytesIO(m).read(), whole),
    }


def foreign_stores(unit):
    _, high, _ = places(unit)
    end = (range(high, high + 8),)
    return {
        "store by memoryview": Operation(
            lambda m: memoryview(m).__setitem__(high, 9), (end[0][:1],), writes=True
        ),
        "store by struct": Operation(
            lambda m: struct.pack_into("=8s", m, high, b"y" * 8), end, writes=True
        ),
        "store by readinto": Operation(
            lambda m: io.BytesIO(b"z" * 8).readinto(memoryview(m)[high : high + 8]),
            end,
            writes=True,
        ),
    }
