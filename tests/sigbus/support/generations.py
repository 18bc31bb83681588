"""A file that another process shrinks and writes again, and the bytes that it may have shown.

Generation g fills each page with one byte of its own, so a byte tells its page
and its generation. The writer announces a generation, cuts the file, and writes
all of it again in the new generation, whole pages in order. So a byte read
between two looks at the announcement is of a generation from the one before the
first look's to the second look's. A zero can only be read in the last page of a
file that was cut inside that page; cuts are known by their generation.
"""

import mmap
import random

from prelude import PAGE, os


class Generations:
    def __init__(self, pages, rounds, seed):
        self.length = pages * PAGE
        self.announced = memoryview(mmap.mmap(-1, PAGE)).cast("Q")
        drawn = random.Random(seed)
        self.cuts = [self.length]
        for _ in range(rounds):
            cut = drawn.choice((0, drawn.randrange(pages) * PAGE, drawn.randrange(self.length)))
            self.cuts.append(cut)

    def byte(self, page, generation):
        return (31 * page + 7 * generation) % 251 + 1

    def write(self, fd, generation):
        pages = range(self.length // PAGE)
        os.pwrite(fd, b"".join(bytes([self.byte(page, generation)]) * PAGE for page in pages), 0)

    def advance(self, fd):
        generation = self.announced[0] + 1
        self.announced[0] = generation
        os.ftruncate(fd, self.cuts[generation])
        self.write(fd, generation)

    def now(self):
        return self.announced[0]

    def stop(self):
        """Ask the writer to end."""
        self.announced[1] = 1

    def is_stopped(self):
        return bool(self.announced[1])

    def wrong_byte(self, at, data, first, last):
        """What is wrong with `data`, read at `at` between generations `first` and `last`, or None."""
        candidates = range(max(0, first - 1), last + 1)
        for page in range(at // PAGE, (at + len(data) - 1) // PAGE + 1):
            start = max(at, page * PAGE)
            part = data[start - at : (page + 1) * PAGE - at]
            strange = set(part) - {self.byte(page, generation) for generation in candidates}
            if strange == {0} and self.zeros_from(page, candidates) <= start + part.index(0):
                continue
            if strange:
                return f"{sorted(strange)[:5]} in page {page}, generations {candidates}"
        return None

    def zeros_from(self, page, candidates):
        """The least cut inside a page; behind the map where there was none."""
        cuts = [self.cuts[generation] for generation in candidates]
        return min((cut for cut in cuts if cut % PAGE and cut // PAGE == page), default=self.length)
