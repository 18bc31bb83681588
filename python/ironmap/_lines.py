"""Some lines of a map: the last ones, the one at an offset, those with a match."""

from array import array
from collections.abc import Iterator
from operator import index
from os import getpid
from threading import RLock
from typing import TYPE_CHECKING, SupportsIndex

from ironmap import mmap

from ._needles import Needles

if TYPE_CHECKING:
    from collections.abc import Callable

    from _typeshed import ReadableBuffer

# Matches of one line until the rest of it is skipped, and bytes without a match that are worth
# a search ahead.
MANY = 4
FAR = 1 << 16


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
    return MatchingLines(m, needles, keepends, (first, end), progress)


class MatchingLines:
    """The lines with a match. After a FaultError it goes on with the same line.

    A fork may come between any two steps of ``__next__``; the child goes on, too.
    """

    def __init__(
        self,
        m: mmap,
        needles: Needles,
        keepends: bool,
        span: tuple[int, int],
        progress: "Callable[[int, int], object] | None",
    ) -> None:
        self.m, self.needles, self.keepends, self.progress = m, needles, keepends, progress
        self.first, self.end = span
        # The match whose line is not returned yet, and the end of the last line returned.
        self.match: int | None = None
        self.line_end = self.first
        self.reported = 0
        # The matches to come, or None where lines have several.
        self.found: Iterator[tuple[int, int]] | None = None
        self.find_from_here()
        # By process: the parent's may be held for ever in a forked child.
        self.locks: dict[int, RLock] = {}
        self.process, self.lock = 0, RLock()

    def __iter__(self) -> "MatchingLines":
        return self

    def __next__(self) -> bytes:
        if self.process != (process := getpid()):
            self.lock = self.locks.setdefault(process, RLock())
            self.process = process
        with self.lock:
            match = self.match
            if match is None and self.found is not None:
                match, _ = next(self.found)
            # In a loop, because `progress` may call the iterator.
            while match is None or match < self.line_end:
                match = self.next_match()
            self.match, last = match, self.line_end
            start = max(self.m.rfind(b"\n", last, match) + 1, last)
            newline = self.m.find(b"\n", match, self.end)
            line_end = newline + 1 if newline >= 0 else self.end
            line = self.m[start : line_end if self.keepends or newline < 0 else newline]
            # In this order: a match before the end of the last line does not count.
            self.line_end = line_end
            self.match = None
            if self.found is None and match - last > FAR:
                self.find_from_here()
            return line

    def next_match(self) -> int:
        """Return a match; one in the last line only if another call has just returned the line."""
        if self.found is not None:
            for _ in range(MANY):
                match, _ = next(self.found)
                if match >= self.line_end:
                    return match
            self.found = None
        if self.line_end - self.first - self.reported >= FAR:
            self.report(self.line_end - self.first)
        found = self.m.find_any(self.needles, self.line_end, self.end, progress=self.report_here())
        if found is None:
            self.report(self.end - self.first)
            raise StopIteration
        return found[0]

    def find_from_here(self) -> None:
        progress = self.report_here()
        self.found = self.m.find_all(self.needles, self.line_end, self.end, progress=progress)

    def report_here(self) -> "Callable[[int, int], object] | None":
        """Return what to call with the progress of a search that begins here."""
        if self.progress is None:
            return None
        before = self.line_end - self.first
        return lambda done, _: self.report(before + done)

    def report(self, done: int) -> None:
        # `find_all` may have been ahead of the lines.
        if self.progress is not None and done > self.reported:
            self.reported = done
            self.progress(done, self.end - self.first)


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
