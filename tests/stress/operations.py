"""The operations of the soak, by name.

Each reader takes a map, a place and a count, and returns the bytes from that place on.
Each writer writes whole pages, some in several calls.
"""

from __future__ import annotations

import hashlib
import re
from collections.abc import Callable
from itertools import islice

import ironmap

Reader = Callable[[ironmap.mmap, int, int], bytes]
Writer = Callable[[ironmap.mmap, int, bytes], None]


def read_item(map: ironmap.mmap, at: int, count: int) -> bytes:
    return bytes([map[at]])


def read_slice(map: ironmap.mmap, at: int, count: int) -> bytes:
    return map[at : at + count]


def read_backwards(map: ironmap.mmap, at: int, count: int) -> bytes:
    return map[at + count - 1 : at - 1 if at else None : -1][::-1]


def read(map: ironmap.mmap, at: int, count: int) -> bytes:
    map.seek(at)
    return map.read(count)


def read_byte(map: ironmap.mmap, at: int, count: int) -> bytes:
    map.seek(at)
    return bytes([map.read_byte()])


def read_line(map: ironmap.mmap, at: int, count: int) -> bytes:
    map.seek(at)
    return map.readline()


def iterate(map: ironmap.mmap, at: int, count: int) -> bytes:
    return b"".join(islice(map, 100))


def flush_and_read(map: ironmap.mmap, at: int, count: int) -> bytes:
    map.flush(at - at % ironmap.PAGESIZE, count)
    return map[at : at + count]


def advise_and_read(map: ironmap.mmap, at: int, count: int) -> bytes:
    map.madvise(ironmap.MADV_DONTNEED)
    return map[at : at + count]


def restore_and_read(map: ironmap.mmap, at: int, count: int) -> bytes:
    map.restore()
    return map[at : at + count]


# For maps that threads share: these use no position.
SHARED_READERS: dict[str, Reader] = {
    "item": read_item,
    "slice": read_slice,
    "restore": restore_and_read,
}
POSITIONED_READERS: dict[str, Reader] = {
    "read": read,
    "read_byte": read_byte,
    "readline": read_line,
}
READERS: dict[str, Reader] = {
    **SHARED_READERS,
    **POSITIONED_READERS,
    "backwards": read_backwards,
    "iterate": iterate,
    "flush": flush_and_read,
    "madvise": advise_and_read,
}


def reach(name: str, length: int, at: int, count: int) -> tuple[int, int]:
    """Returns the bytes that a reader can touch in a map of ``length`` bytes."""
    match name:
        case "item" | "read_byte":
            return at, at + 1
        case "readline":
            return at, length
        case "iterate":
            return 0, min(100, length)
    return at, at + count


def view(map: ironmap.mmap, at: int, count: int) -> bytes:
    with memoryview(map) as exported:
        return bytes(exported[at : at + count])


def search_by_re(map: ironmap.mmap, at: int, count: int) -> bytes:
    found = re.compile(b".*", re.DOTALL).match(map, at, at + count)
    assert found is not None
    text = found[0]
    del found
    return text


def hash_beside(map: ironmap.mmap, at: int, count: int) -> bytes:
    with memoryview(map) as exported:
        hashlib.sha256(exported[at : at + count])
        return bytes(exported[at : at + count])


# Readers that are other code with the map's memory.
FOREIGN_READERS: dict[str, Reader] = {
    "memoryview": view,
    "re": search_by_re,
    "hashlib": hash_beside,
}


def write_slice(map: ironmap.mmap, at: int, data: bytes) -> None:
    map[at : at + len(data)] = data


def write(map: ironmap.mmap, at: int, data: bytes) -> None:
    map.seek(at)
    map.write(data)


def write_bytes_first(map: ironmap.mmap, at: int, data: bytes) -> None:
    map[at] = data[0]
    map.seek(at + 1)
    map.write_byte(data[1])
    map[at + 2 : at + len(data)] = data[2:]


def write_strided(map: ironmap.mmap, at: int, data: bytes) -> None:
    map[at : at + len(data) : 2] = data[::2]
    map[at + len(data) - 1 : at : -2] = data[:0:-2]


def write_and_move(map: ironmap.mmap, at: int, data: bytes) -> None:
    """Writes half of each page, and moves it to the other half."""
    half = ironmap.PAGESIZE // 2
    for page in range(at, at + len(data), ironmap.PAGESIZE):
        map[page + half : page + 2 * half] = data[page - at : page - at + half]
        map.move(page, page + half, half)


WRITERS: dict[str, Writer] = {
    "write slice": write_slice,
    "write": write,
    "write_byte": write_bytes_first,
    "write strided": write_strided,
    "move": write_and_move,
}

SEARCHES = ("find", "rfind", "in")
OTHERS = ("size", "strided", "private", "fork", "open", "resize", "cut", "grow", "fill", "replace")
NAMES = (*READERS, *FOREIGN_READERS, *WRITERS, *SEARCHES, *OTHERS)
