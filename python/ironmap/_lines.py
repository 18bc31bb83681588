"""Some lines of a map: the last ones, the one at an offset; and where lines begin."""

from array import array
from operator import index
from typing import TYPE_CHECKING, SupportsIndex

from ironmap import mmap

if TYPE_CHECKING:
    from collections.abc import Callable


def last_lines(m: mmap, count: SupportsIndex) -> list[bytes]:
    wanted = index(count)
    if wanted < 0:
        raise ValueError(f"the number of lines must be 0 or more, not {wanted}")
    start = len(m)
    for _ in range(wanted):
        if not start:
            break
        # Without the newline that ends this line.
        start = m.rfind(b"\n", 0, start - 1) + 1
    return list(m.lines(start=start))


def line_at(m: mmap, offset: SupportsIndex) -> bytes:
    at, length = index(offset), len(m)
    if not 0 <= at < length:
        raise IndexError(f"offset {at} is outside the map, which has {length} bytes")
    start = m.rfind(b"\n", 0, at) + 1
    # The map may have become shorter.
    for line in m.lines(start=start):
        return line
    raise IndexError(f"offset {at} is outside the map, which has {len(m)} bytes")


def new_line_offsets(
    m: mmap, start: int, stop: int, progress: "Callable[[int, int], object] | None"
) -> "array[int]":
    """Return the result of ``line_offsets`` without ``out``."""
    room = 0
    while True:
        room = max(2 * room, m.count(b"\n", start, stop) + 1)
        out = array("Q", [0]) * room
        try:
            count = m.line_offsets(start, stop, out=out, progress=progress)
        except ValueError as error:
            # Other code has stored newlines since they were counted.
            if not str(error).startswith("out has room for "):
                raise
            continue
        del out[count:]
        return out
