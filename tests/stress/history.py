"""What each byte of a file could have been, and when: the soak's measure of right.

A file's *journal* lies in memory that all processes share. Its authors write
there what they are about to do before they do it, and that it is done when it
is:

* One author *cuts*: makes the file shorter or longer. An entry is the new size.
* Two authors *fill* whole pages, each with one byte value, never the same
  pages: the author of the cuts with ``pwrite``, the other one through maps.
  Values go up by one from page to page, from the fill's ``salt``; 0 is none.

Each of the three logs has one author and two counters: entries *begun*, whose
effects may be seen, and *ended*, whose effects must be. A reader notes the
ended ones before it looks (``View.begin``) and the begun ones after
(``View.end``). Everything it can have seen lies between the two, without a lock:

* The file's size was that of the last cut ended before, or of a later one that
  had begun. A page was **there** if it began before such a size. If no such
  size reaches it, whoever read it read nothing that was ever in the file. If
  all of them do, there was no reason for a fault.
* A fill that **succeeded** before is the oldest of its page that may be seen: it
  wrote the page wholly, so nothing older is left. Fills after it may be seen
  too: those that failed (in part), and those that had not ended.
* A cut to ``size`` takes all bytes from ``size`` on. It has taken a fill's bytes
  for sure if it **began after the fill ended and ended before** the reader
  looked. So a fill notes how many cuts had begun when it ended (``after``).
* Zeros are where a cut **may have come after** the oldest fill that may be seen,
  from the size of that cut on: in the last page behind the file's end, and in
  pages that came back. So a fill notes how many cuts had ended when it began
  (``before``). Had the cut come first, the fill would have covered the zeros.

This is sound, because what is ruled out is ruled out by the order of one
author's own doings, or by a counter read before the effect or after it; and the
kernel shows the effects of ``ftruncate`` and ``pwrite`` in every map before it
returns. It is exact but for changes during the look itself: while nothing is
under way, one value is legal for each byte. (Loads and stores of counters stay
in the order of the program on x86-64; other processors need a fence.)

Two rules keep it so. Pages that are written through maps are never cut in the
middle: what a map leaves behind the file's end within the last page is
undefined once the file grows. And an author fills only pages that it believes
wholly there: a success of one that was not is a lost write, which ``must_lack``
shows.
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
    """What the pages from ``first`` to before ``last`` hold after such a fill."""
    return b"".join([WHOLE[1 + (page + salt) % 255] for page in range(first, last)])


class Log:
    """Entries of one author. An aligned word is stored and loaded at once."""

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
        """Write into the entry that has not ended."""
        start = 2 + self.ended() * self.entry_words + place
        for word, value in enumerate(values, start):
            self.words[word] = value

    def end(self) -> None:
        self.words[1] += 1


class Journal:
    """One file's history: who it is (an inode number), its cuts and its fills."""

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
    """What one reader knows of one file from the entries that have ended."""

    def __init__(self, journal: Journal, pages: int) -> None:
        self.journal = journal
        self.size = 0
        self.cuts = 0
        self.fills = [0, 0]
        # For each page its fills that may still be seen; the first one succeeded.
        self.pages: list[tuple[Fill, ...]] = [()] * pages
        # Of all cuts those that no later one undercut: sizes go up.
        self.low_cuts: list[int] = []
        self.low_sizes: list[int] = []

    def begin(self) -> None:
        """What has ended by now must be seen by whoever looks from now on."""
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
        """What may have been seen since ``begin``."""
        return Window(self)

    def lowest_since(self, cut: int) -> int:
        """The smallest size that a cut from number ``cut`` on has left."""
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
    """The states of a file between a reader's ``begin`` and its ``end``."""

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
        """Whether the page of byte ``at`` was gone at some time."""
        return self.shortest <= at - at % PAGE

    def must_lack(self, at: int) -> bool:
        """Whether the page of byte ``at`` was gone all the time."""
        return self.longest <= at - at % PAGE

    def faces(self, page: int) -> list[tuple[int, int, int]]:
        """The values that bytes of a page may have had: each with where its
        bytes begin and end in the file."""
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
        """The value that the whole page had whenever it was there, if it was one."""
        faces = self.faces(page)
        return faces[0][0] if len(faces) == 1 and faces[0][2] >= page * PAGE + PAGE else None

    def wrong(self, at: int, got: bytes) -> int:
        """How many bytes of ``got``, read from byte ``at`` on, the file never held."""
        return sum(
            len(piece) if self.must_lack(place) else self._wrong_in_page(place, piece, b"")
            for place, piece in pieces(at, got)
        )

    def wrong_to_foreign_code(self, at: int, got: bytes) -> int:
        """The same for a reader that gets zeros where a page is gone."""
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
        """Whether a search of these bytes for ``value`` must have met it, or a
        page that was gone."""
        if start < end and self.must_lack(end - 1):
            return True
        pages = range(-(-start // PAGE), end // PAGE)
        return any(self.only_value(page) == value for page in pages)


def pieces(at: int, got: bytes) -> Iterator[tuple[int, bytes]]:
    """``got`` cut where pages begin, each piece with its place in the file."""
    done = 0
    while done < len(got):
        count = min(len(got) - done, PAGE - (at + done) % PAGE)
        yield at + done, got[done : done + count]
        done += count
