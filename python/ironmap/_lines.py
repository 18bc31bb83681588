"""Some lines of a map: the last ones, the one at an offset, those with a match."""

from array import array
from collections.abc import Iterator
from operator import index
from threading import RLock
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
    # The map may have become shorter.
    for line in m.lines(start=start):
        return line
    raise IndexError(f"offset {at} is outside the map, which has {len(m)} bytes")


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
    return MatchingLines(
        m, m.find_all(needles, first, end, progress=progress), keepends, first, end
    )


class MatchingLines:
    """The lines with a match. After a FaultError it goes on with the same line."""

    def __init__(
        self, m: mmap, found: Iterator[tuple[int, int]], keepends: bool, first: int, end: int
    ) -> None:
        self.m, self.found, self.keepends, self.end = m, found, keepends, end
        # The match whose line is not returned yet, and the end of the last line returned.
        self.match: int | None = None
        self.line_end = first
        # `progress` may call the iterator.
        self.lock = RLock()

    def __iter__(self) -> "MatchingLines":
        return self

    def __next__(self) -> bytes:
        with self.lock:
            while self.match is None or self.match < self.line_end:
                self.match, _ = next(self.found)
            start = max(self.m.rfind(b"\n", self.line_end, self.match) + 1, self.line_end)
            newline = self.m.find(b"\n", self.match, self.end)
            line_end = newline + 1 if newline >= 0 else self.end
            line = self.m[start : line_end if self.keepends or newline < 0 else newline]
            self.match, self.line_end = None, line_end
            return line


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
