"""The files of a soak, and their changes other than through maps."""

from __future__ import annotations

import os
from pathlib import Path
from random import Random

from .history import CUTTER, PAGE, Journal, filling_bytes


class Shape:
    """The greatest length of a file, and its stripes of pages: every second one is written
    through maps, the others are filled by the cutter."""

    def __init__(self, pages: int, stripe: int) -> None:
        self.pages, self.stripe = pages, stripe
        self.size = pages * PAGE

    def is_mapped(self, page: int) -> bool:
        return page // self.stripe % 2 == 1

    def run(self, rng: Random, stripe: int, end: int) -> tuple[int, int]:
        """Returns a random range of pages of a stripe, up to ``end``."""
        start = stripe * self.stripe
        stop = min(start + self.stripe, end)
        if start >= stop:
            return start, start
        first = rng.choice([start, rng.randrange(start, stop)])
        return first, rng.choice([stop, rng.randint(first + 1, stop)])

    def stripes(self, author: int) -> range:
        return range(author, self.pages // self.stripe, 2)


SMALL = Shape(pages=16, stripe=2)
LARGE = Shape(pages=10 << 10, stripe=5 << 8)  # 40 MiB, stripes of 5 MiB.


class Changing:
    """A file and its journal, owned by the author of its cuts.

    The descriptor stays open, so that the inode number stays in use."""

    def __init__(self, path: Path, shape: Shape, journal: Journal, rng: Random) -> None:
        self.path, self.shape, self.journal, self.rng = path, shape, journal, rng
        self.file = os.open(path, os.O_RDWR | os.O_CREAT | os.O_EXCL)
        self.size = shape.size
        with journal.cutting(self.size):
            os.ftruncate(self.file, self.size)
        self._fill(0, shape.pages)
        journal.identity[0] = os.fstat(self.file).st_ino

    def cut(self) -> None:
        """Makes the file shorter; inside a page only where no map writes."""
        size = self.rng.randrange(self.size + 1) if self.rng.random() < 0.7 else 0
        self.set_size(self.whole(size))

    def grow(self) -> None:
        size = self.rng.choice([self.shape.size, self.rng.randint(self.size, self.shape.size)])
        self.set_size(self.whole(size))

    def whole(self, size: int) -> int:
        return size - size % PAGE if self.shape.is_mapped(size // PAGE) else size

    def set_size(self, size: int) -> None:
        with self.journal.cutting(size):
            self.truncate(size)
        self.size = size

    def truncate(self, size: int) -> None:
        os.ftruncate(self.file, size)

    def fill(self) -> None:
        stripe = self.rng.choice(self.shape.stripes(CUTTER))
        first, last = self.shape.run(self.rng, stripe, self.size // PAGE)
        if first < last:
            self._fill(first, last)

    def _fill(self, first: int, last: int) -> None:
        salt = self.rng.randrange(255)
        with self.journal.filling(CUTTER, first, last, salt):
            written = os.pwrite(self.file, filling_bytes(first, last, salt), first * PAGE)
        assert written == (last - first) * PAGE

    def is_worn_out(self) -> bool:
        """Returns whether the journal has no room for another change."""
        return self.journal.cuts.is_full() or self.journal.fills[CUTTER].is_full()

    def close(self) -> None:
        os.close(self.file)
