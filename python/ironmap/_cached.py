"""Which pages of a file are in memory, and summaries of them."""

import errno
import os
from array import array
from collections.abc import Callable, Iterator
from itertools import repeat

import ironmap

from ._cachestat import count_in_memory

# The pages of one call of `resident`, and the parts into which more pages are divided.
LEAF = 4000
PARTS = 64


class Cached:
    """How much of a file is in memory."""

    def __init__(self, name: str, size: int) -> None:
        self.name, self.size = name, size
        self.pages = -(-size // ironmap.PAGESIZE)
        self.resident_pages = 0
        self.resident = 0  # in bytes

    def add(self, first: int, end: int) -> None:
        """Add pages in memory, which follow those that were added before."""
        self.resident_pages += end - first
        self.resident += min(end * ironmap.PAGESIZE, self.size) - first * ironmap.PAGESIZE


class Columns(Cached):
    """Also how much of each of `width` parts of the file is in memory."""

    def __init__(self, name: str, size: int, width: int) -> None:
        super().__init__(name, size)
        self.counts = [0] * width

    def pages_of(self, column: int) -> tuple[int, int]:
        """Return the first and the end page of a column; columns may share a page."""
        width = len(self.counts)
        first = column * self.pages // width
        return first, max(first + 1, (column + 1) * self.pages // width)

    def add(self, first: int, end: int) -> None:
        super().add(first, end)
        if self.resident_pages == self.pages:
            return  # `parts` needs no counts.
        width = len(self.counts)
        # At most one column too early, which has none of these pages.
        for column in range(max(0, first * width // self.pages - 1), width):
            start, stop = self.pages_of(column)
            if start >= end:
                break
            self.counts[column] += max(0, min(end, stop) - max(first, start))

    def parts(self) -> Iterator[float]:
        if self.resident_pages in (0, self.pages):
            yield from repeat(self.resident_pages / self.pages, len(self.counts))
            return
        for column, count in enumerate(self.counts):
            first, end = self.pages_of(column)
            yield count / (end - first)


class Ranges(Cached):
    """Also which byte ranges are in memory, 16 bytes for each range."""

    def __init__(self, name: str, size: int) -> None:
        super().__init__(name, size)
        self.starts, self.ends = array("Q"), array("Q")

    def add(self, first: int, end: int) -> None:
        super().add(first, end)
        start = first * ironmap.PAGESIZE
        if self.ends and self.ends[-1] == start:
            self.ends.pop()
        else:
            self.starts.append(start)
        self.ends.append(min(end * ironmap.PAGESIZE, self.size))

    def ranges(self) -> Iterator[tuple[int, int]]:
        return zip(self.starts, self.ends, strict=True)


def pages_in_memory(
    file: int, size: int, done: Callable[[int], object]
) -> Iterator[tuple[int, int]]:
    """Yield the first and the end page of each range in memory, in order, without reading
    the file. `done` is called with the number of pages looked at.

    Where the system does not count pages, it is asked about the file's data alone: a page of
    a hole, which somebody has read, is left out. Raises ValueError if the file has less than
    `size` bytes.
    """
    pages = -(-size // ironmap.PAGESIZE)
    count = count_in_memory(file, 0, pages)
    if count == pages:
        yield 0, pages
    elif count != 0:
        with ironmap.mmap(file, size, access=ironmap.ACCESS_READ) as m:
            if count is None:
                for start, end in data_of(file, pages):
                    yield from in_map(m, start, end, done)
            else:
                step = LEAF
                while step < pages:
                    step *= PARTS
                yield from in_parts(m, file, (0, pages), step, done)


def in_parts(
    m: ironmap.mmap, file: int, span: tuple[int, int], step: int, done: Callable[[int], object]
) -> Iterator[tuple[int, int]]:
    """Yield the ranges in memory. A part that is partly in memory is divided again."""
    for start in range(*span, step):
        end = min(start + step, span[1])
        count = count_in_memory(file, start, end)
        if count == end - start:
            yield start, end
        elif count and step > LEAF:
            yield from in_parts(m, file, (start, end), step // PARTS, done)
        elif count != 0:
            yield from in_map(m, start, end, done)
        done(end)


def in_map(
    m: ironmap.mmap, first: int, last: int, done: Callable[[int], object]
) -> Iterator[tuple[int, int]]:
    """Yield the ranges in memory, by a look at each page."""
    for leaf in range(first, last, LEAF):
        length = min(LEAF, last - leaf) * ironmap.PAGESIZE
        pages = m.resident(leaf * ironmap.PAGESIZE, length, pages=True)
        end = 0
        while (start := pages.find(1, end)) != -1:
            end = pages.find(0, start)
            end = len(pages) if end == -1 else end
            yield leaf + start, leaf + end
        done(min(leaf + LEAF, last))


def data_of(file: int, pages: int) -> Iterator[tuple[int, int]]:
    """Yield the ranges of pages that are no holes, as far as the system tells."""
    page, end = ironmap.PAGESIZE, 0
    while end < pages:
        try:
            start = os.lseek(file, end * page, os.SEEK_DATA) // page
            hole = os.lseek(file, start * page, os.SEEK_HOLE)
        except AttributeError:  # A system without SEEK_DATA.
            start, hole = 0, pages * page
        except OSError as error:
            if error.errno == errno.ENXIO:  # Only a hole is left.
                return
            start, hole = end, pages * page
        end = max(start + 1, min(-(-hole // page), pages))
        yield start, end
