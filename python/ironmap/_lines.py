"""Single lines of a map: the last ones, and the one at an offset."""

from operator import index
from typing import SupportsIndex

from ironmap import mmap


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
    return next(m.lines(start=start))
