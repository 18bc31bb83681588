"""Summaries of which pages of a file are in memory, built chunk by chunk."""

from array import array
from collections.abc import Iterator

import ironmap


class Cached:
    """How much of a file is in memory."""

    def __init__(self, name: str, size: int) -> None:
        self.name, self.size = name, size
        self.pages = -(-size // ironmap.PAGESIZE)
        self.resident_pages = 0
        self.resident = 0  # in bytes

    def add(self, first: int, pages: bytes) -> None:
        """Add pages from page `first` on: 1 for each in memory, else 0."""
        there = pages.count(1)
        self.resident_pages += there
        self.resident += there * ironmap.PAGESIZE
        if first + len(pages) == self.pages and pages[-1]:
            self.resident -= self.pages * ironmap.PAGESIZE - self.size


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

    def add(self, first: int, pages: bytes) -> None:
        super().add(first, pages)
        width = len(self.counts)
        # At most one column too early, which has none of these pages.
        for column in range(max(0, first * width // self.pages - 1), width):
            start, end = (max(0, page - first) for page in self.pages_of(column))
            if start >= len(pages):
                break
            self.counts[column] += pages.count(1, start, end)

    def parts(self) -> Iterator[float]:
        for column, count in enumerate(self.counts):
            first, end = self.pages_of(column)
            yield count / (end - first)


class Ranges(Cached):
    """Also which byte ranges are in memory, 16 bytes for each range."""

    def __init__(self, name: str, size: int) -> None:
        super().__init__(name, size)
        self.starts, self.ends = array("Q"), array("Q")

    def add(self, first: int, pages: bytes) -> None:
        super().add(first, pages)
        end = 0
        while (start := pages.find(1, end)) != -1:
            end = pages.find(0, start)
            end = len(pages) if end == -1 else end
            self.add_range((first + start) * ironmap.PAGESIZE, (first + end) * ironmap.PAGESIZE)

    def add_range(self, start: int, end: int) -> None:
        if self.ends and self.ends[-1] == start:
            self.ends.pop()
        else:
            self.starts.append(start)
        self.ends.append(min(end, self.size))

    def ranges(self) -> Iterator[tuple[int, int]]:
        return zip(self.starts, self.ends, strict=True)
