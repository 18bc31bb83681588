"""The possible values of each byte of a file at a time, by which the soak judges reads.

A file's *journal* is in memory that all processes share. Its authors write an entry
before they make a change, and mark it as ended afterwards:

* One author *cuts*: it makes the file shorter or longer. An entry is the new size.
* Two authors *fill* whole pages, each with one byte value, and never the same pages:
  the author of the cuts with ``pwrite``, the other one through maps. The values
  increase by one from page to page, from the fill's ``salt``, and are never 0.

Each of the three logs has one author and two counters: entries *begun*, whose effects
can be visible, and *ended*, whose effects must be visible. A reader notes the ended ones
before it reads (``View.begin``) and the begun ones afterwards (``View.end``). What it has
read is between the two, without a lock:

* The file had the size of the last cut that had ended before, or of a later one that
  had begun. A page **existed** if it starts before such a size. If it starts before
  none of them, no read of it is right. If it starts before all of them, there was no
  reason for a fault.
* The last fill that had **succeeded** before is the oldest visible one of its page,
  because it wrote the whole page. Later fills can be visible, too: those that failed
  (partly), and those that had not ended.
* A cut to ``size`` removes all bytes from ``size`` on. It has certainly removed a fill's
  bytes if it **began after the fill had ended, and ended before** the read. So a fill
  notes how many cuts had begun when it ended (``after``).
* Zeros can be visible after a cut that **can have come after** the oldest visible fill,
  from the size of that cut on: in the last page after the file's end, and in pages
  that were cut off and exist again. So a fill notes how many cuts had ended when it
  began (``before``). If the cut came first, the fill has covered the zeros.

This is sound: a value is excluded only by the order of one author's own changes, or by
a counter that was read before or after the effect; and the kernel makes the effects of
``ftruncate`` and ``pwrite`` visible in every map before it returns. It is exact except
for changes during the read: without one, each byte has one legal value. (x86-64 keeps
loads and stores of counters in program order; other processors need a fence.)

Two rules are needed. Pages that are written through maps are never cut in the middle:
bytes that a map stores after the file's end in the last page are undefined when the
file grows. And an author fills only pages that it believes to exist: a success for
another page is a lost write, which ``must_lack`` shows.
"""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Iterator
from contextlib import contextmanager
from typing import NamedTuple

import ironmap

PAGE = ironmap.PAGESIZE
WHOLE = [bytes([value]) * PAGE for value in range(256)]
NEVER = 1 << 62
CUTTER, MAPPER = 0, 1

CUTS, FILLS = 4000, 12000  # Entries of one log.
CUT_WORDS, FILL_WORDS = 1, 6
JOURNAL_WORDS = 1 + (2 + CUTS * CUT_WORDS) + 2 * (2 + FILLS * FILL_WORDS)


class Fill(NamedTuple):
    first: int
    last: int
    salt: int
    before: int
    after: int
    succeeded: int

    def value(self, page: int) -> int:
        return 1 + (page + self.salt) % 255


def filling_bytes(first: int, last: int, salt: int) -> bytes:
    """Returns the content of the pages from ``first`` to before ``last`` after such a fill."""
    return b"".join([WHOLE[1 + (page + salt) % 255] for page in range(first, last)])


class Log:
    """The entries of one author. Aligned words are stored and loaded atomically."""

    def __init__(self, words: memoryview, entry_words: int) -> None:
        self.words = words
        self.entry_words = entry_words
        self.capacity = (len(words) - 2) // entry_words

    def begun(self) -> int:
        return int(self.words[0])

    def ended(self) -> int:
        return int(self.words[1])

    def is_full(self) -> bool:
        return self.begun() == self.capacity

    def __getitem__(self, number: int) -> list[int]:
        start = 2 + number * self.entry_words
        return self.words[start : start + self.entry_words].tolist()

    def begin(self, *entry: int) -> None:
        self.note(0, *entry)
        self.words[0] += 1

    def note(self, place: int, *values: int) -> None:
        """Writes to the entry that has not ended."""
        start = 2 + self.ended() * self.entry_words + place
        for word, value in enumerate(values, start):
            self.words[word] = value

    def end(self) -> None:
        self.words[1] += 1


class Journal:
    """The history of one file: its inode number, its cuts and its fills."""

    def __init__(self, words: memoryview) -> None:
        cuts_end = 1 + 2 + CUTS * CUT_WORDS
        fills_end = cuts_end + 2 + FILLS * FILL_WORDS
        self.identity = words[:1]
        self.cuts = Log(words[1:cuts_end], CUT_WORDS)
        self.fills = (
            Log(words[cuts_end:fills_end], FILL_WORDS),
            Log(words[fills_end:], FILL_WORDS),
        )

    @contextmanager
    def cutting(self, size: int) -> Iterator[None]:
        self.cuts.begin(size)
        yield
        self.cuts.end()

    @contextmanager
    def filling(self, author: int, first: int, last: int, salt: int) -> Iterator[None]:
        log = self.fills[author]
        log.begin(first, last, salt, self.cuts.ended(), NEVER, 0)
        succeeded = 0
        try:
            yield
            succeeded = 1
        finally:
            log.note(4, self.cuts.begun(), succeeded)
            log.end()


class View:
    """One reader's knowledge of one file, from the entries that have ended."""

    def __init__(self, journal: Journal, pages: int) -> None:
        self.journal = journal
        self.size = 0
        self.cuts = 0
        self.fills = [0, 0]
        # For each page the fills that can be visible; the first one succeeded.
        self.pages: list[tuple[Fill, ...]] = [()] * pages
        # The cuts without a later one to a smaller size; their sizes increase.
        self.low_cuts: list[int] = []
        self.low_sizes: list[int] = []

    def begin(self) -> None:
        """Notes what has ended: its effects must be visible to a read that follows."""
        fills = [log.ended() for log in self.journal.fills]
        cuts = self.journal.cuts.ended()
        for number in range(self.cuts, cuts):
            self._note_cut(number, self.journal.cuts[number][0])
        self.cuts = cuts
        for author, log in enumerate(self.journal.fills):
            for number in range(self.fills[author], fills[author]):
                self._note_fill(Fill(*log[number]))
        self.fills = fills

    def end(self) -> Window:
        """Returns the states that can have been visible since ``begin``."""
        return Window(self)

    def lowest_since(self, cut: int) -> int:
        """Returns the smallest size of the cuts from number ``cut`` on."""
        place = bisect_left(self.low_cuts, cut)
        return self.low_sizes[place] if place < len(self.low_sizes) else NEVER

    def _note_cut(self, number: int, size: int) -> None:
        while self.low_sizes and self.low_sizes[-1] >= size:
            self.low_cuts.pop()
            self.low_sizes.pop()
        self.low_cuts.append(number)
        self.low_sizes.append(size)
        self.size = size

    def _note_fill(self, fill: Fill) -> None:
        if fill.succeeded:
            self.pages[fill.first : fill.last] = [(fill,)] * (fill.last - fill.first)
        else:
            for page in range(fill.first, fill.last):
                self.pages[page] += (fill,)


class Window:
    """The states of a file between ``begin`` and ``end`` of a reader."""

    def __init__(self, view: View) -> None:
        journal = view.journal
        self.view = view
        self.unended = [
            Fill(*log[number])
            for log, ended in zip(journal.fills, view.fills, strict=True)
            for number in range(ended, log.begun())
        ]
        later = [journal.cuts[number][0] for number in range(view.cuts, journal.cuts.begun())]
        self.sizes = [view.size, *later]
        self.cut_to = min(later, default=NEVER)
        self.shortest, self.longest = min(self.sizes), max(self.sizes)

    def may_lack(self, at: int) -> bool:
        """Returns whether the page of byte ``at`` was cut off at some time."""
        return self.shortest <= at - at % PAGE

    def must_lack(self, at: int) -> bool:
        """Returns whether the page of byte ``at`` was cut off all the time."""
        return self.longest <= at - at % PAGE

    def faces(self, page: int) -> list[tuple[int, int, int]]:
        """Returns the possible values of a page's bytes, each with its range in the
        file."""
        start, end = page * PAGE, page * PAGE + PAGE
        fills = self.view.pages[page]
        faces = [(fill.value(page), start, self.view.lowest_since(fill.after)) for fill in fills]
        for fill in self.unended:
            if fill.first <= page < fill.last:
                faces.append((fill.value(page), start, end))
        zeros = min(self.view.lowest_since(fills[0].before), self.cut_to)
        if zeros < end:
            faces.append((0, zeros, end))
        return faces

    def only_value(self, page: int) -> int | None:
        """Returns the value that the whole page had whenever it existed, or None."""
        faces = self.faces(page)
        return faces[0][0] if len(faces) == 1 and faces[0][2] >= page * PAGE + PAGE else None

    def wrong(self, at: int, got: bytes) -> int:
        """Returns how many bytes of ``got``, read from byte ``at`` on, were never in the file."""
        return sum(
            len(piece) if self.must_lack(place) else self._wrong_in_page(place, piece, b"")
            for place, piece in pieces(at, got)
        )

    def wrong_to_foreign_code(self, at: int, got: bytes) -> int:
        """The same for a reader that gets zeros for a page that is cut off."""
        return sum(
            self._wrong_in_page(place, piece, b"\0" if self.may_lack(place) else b"")
            for place, piece in pieces(at, got)
        )

    def _wrong_in_page(self, at: int, piece: bytes, besides: bytes) -> int:
        faces = self.faces(at // PAGE)
        end = at + len(piece)
        value, _, limit = faces[0]
        if limit >= end and piece == WHOLE[value][: len(piece)]:
            return 0
        edges = {edge for _, *ends in faces for edge in ends if at < edge < end}
        wrong, places = 0, [at, *sorted(edges), end]
        for low, high in zip(places, places[1:], strict=False):
            legal = bytes(value for value, start, stop in faces if start <= low < stop)
            wrong += len(piece[low - at : high - at].translate(None, legal + besides))
        return wrong

    def misses(self, value: int, start: int, end: int) -> bool:
        """Returns whether a search of these bytes for ``value`` must have met it, or a page
        that was cut off."""
        if start < end and self.must_lack(end - 1):
            return True
        pages = range(-(-start // PAGE), end // PAGE)
        return any(self.only_value(page) == value for page in pages)


def pieces(at: int, got: bytes) -> Iterator[tuple[int, bytes]]:
    """Splits ``got`` at the beginnings of pages; yields each piece with its place."""
    done = 0
    while done < len(got):
        count = min(len(got) - done, PAGE - (at + done) % PAGE)
        yield at + done, got[done : done + count]
        done += count
