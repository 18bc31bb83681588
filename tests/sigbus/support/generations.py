"""A file that another process truncates and rewrites, and the bytes that can be read.

Each generation fills each page with another byte, so a byte identifies its page and its
generation. The writer announces a generation, truncates the file, and writes all of it
in the new generation, whole pages in order. So a byte that is read between two reads of
the announcement has a generation from the first one minus 1 to the second. A zero can
only be read in the last page of a file that was truncated inside that page; the size of
each truncation is known.
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
        """Makes the writer end."""
        self.announced[1] = 1

    def is_stopped(self):
        return bool(self.announced[1])

    def wrong_byte(self, at, data, first, last):
        """Describes what is wrong with `data`, read at `at` in these generations, or returns None."""
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
        """Returns the least truncation inside a page, or the end of the map."""
        cuts = [self.cuts[generation] for generation in candidates]
        return min((cut for cut in cuts if cut % PAGE and cut // PAGE == page), default=self.length)
