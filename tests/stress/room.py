"""Memory and files that the processes of a soak share: journals, tallies, a folder."""

from __future__ import annotations

import mmap
import os
import sys
from pathlib import Path
from random import Random

from .files import LARGE, SMALL, Shape
from .history import JOURNAL_WORDS, Journal
from .operations import NAMES

RESULTS = ("faults", "false faults", "wrong bytes", "lost writes")
JOURNALS = 100
TALLIES = 24
TALLY_WORDS = len(NAMES) + len(RESULTS)
COMPLAINTS = 5  # A thread prints no more.


class Tally:
    """Counts of one thread, in shared memory, so that they survive its death."""

    def __init__(self, words: memoryview) -> None:
        self.words = words
        self.complaints = 0

    def count(self, name: str) -> None:
        self.words[NAMES.index(name)] += 1

    def add(self, result: str, count: int, what: str) -> None:
        self.words[len(NAMES) + RESULTS.index(result)] += count
        if result != "faults" and self.complaints < COMPLAINTS:
            self.complaints += 1
            print(f"soak: {result}: {what}", file=sys.stderr, flush=True)

    def operations(self) -> dict[str, int]:
        return dict(zip(NAMES, self.words.tolist(), strict=False))

    def results(self) -> dict[str, int]:
        return dict(zip(RESULTS, self.words[len(NAMES) :].tolist(), strict=True))


class Room:
    """Shared state, made before the processes, which inherit it."""

    def __init__(self, folder: Path, seed: str) -> None:
        self.folder, self.seed = folder, seed
        words = 2 + TALLIES * TALLY_WORDS + JOURNALS * JOURNAL_WORDS
        self.words = memoryview(mmap.mmap(-1, words * 8)).cast("q")
        at = 2
        self.tallies = []
        for _ in range(TALLIES):
            self.tallies.append(Tally(self.words[at : at + TALLY_WORDS]))
            at += TALLY_WORDS
        self.journals = []
        for _ in range(JOURNALS):
            self.journals.append(Journal(self.words[at : at + JOURNAL_WORDS]))
            at += JOURNAL_WORDS

    def rng(self, *who: object) -> Random:
        return Random(f"{self.seed} {who}")

    def path(self, name: str) -> Path:
        return self.folder / name

    def shape(self, name: str) -> Shape:
        return LARGE if name.startswith("large") else SMALL

    def number_of(self, file: int) -> int:
        """Returns the number of an open file's journal."""
        inode = os.fstat(file).st_ino
        return next(n for n, journal in enumerate(self.journals) if journal.identity[0] == inode)

    def stop_users(self) -> None:
        self.words[0] = 1

    def users_stopped(self) -> bool:
        return bool(self.words[0])

    def stop_changes(self) -> None:
        self.words[1] = 1

    def changes_stopped(self) -> bool:
        return bool(self.words[1])
