"""Some lines of a map: the last ones, the one at an offset, those with a match."""

from array import array
from collections.abc import Iterator
from operator import index
from typing import TYPE_CHECKING, SupportsIndex

from ironmap import mmap

from ._needles import Needles

if TYPE_CHECKING:
    from collections.abc import Callable

    from _typeshed import ReadableBuffer


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


def matching_lines(
    m: mmap,
    matching: "ReadableBuffer | SupportsIndex | Needles",
    keepends: bool,
    start: SupportsIndex | None,
    stop: SupportsIndex | None,
    progress: "Callable[[int, int], object] | None",
) -> Iterator[bytes]:
    """Return the iterator of ``lines(matching=…)``."""
    needles = matching if isinstance(matching, Needles) else Needles([matching])
    for needle in needles:
        if b"\n" in needle[:-1]:
            raise ValueError(f"{needle!r} is in no single line")
    first, end, _ = slice(start, stop).indices(len(m))
    found = m.find_all(needles, first, end, progress=progress)
    return lines_with(m, found, keepends, first, end)


def lines_with(
    m: mmap, found: Iterator[tuple[int, int]], keepends: bool, first: int, end: int
) -> Iterator[bytes]:
    line_end = first
    for at, _ in found:
        if at < line_end:
            continue
        start = max(m.rfind(b"\n", line_end, at) + 1, line_end)
        newline = m.find(b"\n", at, end)
        line_end = newline + 1 if newline >= 0 else end
        yield m[start : line_end if keepends or newline < 0 else newline]


def new_line_offsets(
    m: mmap, start: int, stop: int, progress: "Callable[[int, int], object] | None"
) -> "array[int]":
    """Return the result of ``line_offsets`` without ``out``."""
    most = m.count(b"\n", start, stop) + 1
    out = array("Q", [0]) * most
    count = m.line_offsets(start, stop, out=out, progress=progress)
    del out[count:]
    return out
