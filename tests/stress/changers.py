"""Threads that change files while they are mapped."""

from __future__ import annotations

import os
import time
from random import Random

import ironmap

from .files import Changing
from .history import View
from .room import Room, Tally
from .users import Held, Writer

PAUSES = (0, 0, 0.0005, 0.002, 0.02)


def change(file: Changing, tally: Tally) -> None:
    """Makes a random change of a file; the chances keep its size from settling."""
    rng = file.rng
    kind = rng.random()
    if kind < 0.35:
        name = "fill"
    elif kind < 0.4 + 0.4 * file.size / file.shape.size:
        name = "cut"
    else:
        name = "grow"
    tally.count(name)
    getattr(file, name)()


def judge_whole(file: Changing, tally: Tally) -> None:
    """Compares a file after its last change with its journal."""
    view = View(file.journal, file.shape.pages)
    view.begin()
    content = os.pread(file.file, file.shape.size, 0)
    window = view.end()
    wrong = window.wrong(0, content) + abs(len(content) - file.size)
    if wrong:
        tally.add("lost writes", 1, f"{wrong} bytes of {file.path.name} are not as they were left")


class World:
    """The process that truncates, grows, overwrites and replaces the files."""

    def __init__(self, room: Room, tally: Tally, numbers: list[int]) -> None:
        self.room, self.tally, self.rng = room, tally, room.rng("world")
        self.unused = numbers
        self.files: dict[str, list[Changing]] = {}  # The newest of a name is the last.

    def make(self, name: str) -> None:
        """Makes a file, and replaces the one of this name."""
        number = self.unused.pop()
        new = self.room.path(f"{name}.new")
        journal, rng = self.room.journals[number], self.room.rng(number)
        made = Changing(new, self.room.shape(name), journal, rng)
        os.rename(new, self.room.path(name))
        self.files.setdefault(name, []).append(made)

    def run(self) -> None:
        while not self.room.changes_stopped():
            self.turn()
            time.sleep(self.rng.choice(PAUSES))
        for file in self.all_files():
            judge_whole(file, self.tally)

    def all_files(self) -> list[Changing]:
        return [file for files in self.files.values() for file in files]

    def turn(self) -> None:
        small = [name for name in self.files if not name.startswith("large")]
        large = [name for name in self.files if name.startswith("large")]
        name = self.rng.choice(large if self.rng.random() < 0.05 else small)
        if self.rng.random() < 0.01 and self.unused:
            self.tally.count("replace")
            self.make(name)
            return
        # A replaced file is still mapped, so it is changed, too.
        file = self.rng.choice(self.files[name][-2:])
        if not file.is_worn_out():
            change(file, self.tally)


class Resized(Changing):
    """A file whose size is also changed by ``resize`` of a map."""

    map: ironmap.mmap

    def truncate(self, size: int) -> None:
        # `resize` does not cut bytes that the file has gained in other ways.
        sets_size = size <= len(self.map) or size >= os.fstat(self.file).st_size
        if size and sets_size and self.rng.random() < 0.5:
            try:
                return self.map.resize(size)
            except ironmap.FaultError:
                pass  # A fault of another thread; the file is unchanged.
        os.ftruncate(self.file, size)


class Resizer(Writer):
    """The only thread that cuts, resizes, fills and writes a file, which other threads
    read through the same map."""

    def __init__(
        self, room: Room, tally: Tally, rng: Random, shared: list[Held], file: Resized
    ) -> None:
        super().__init__(room, tally, rng, shared, [])
        self.file = file
        file.map = ironmap.mmap(file.file, 0)
        number = room.journals.index(file.journal)
        self.own = Held(file.map, number, file.shape, file=file.file)
        shared.append(self.own)

    def run(self) -> None:
        super().run()
        judge_whole(self.file, self.tally)

    def turn(self) -> None:
        if self.file.is_worn_out():
            return time.sleep(0.01)
        if self.rng.random() < 0.5:
            self.tally.count("resize")
            change(self.file, self.tally)
        else:
            self.attempt(self.own, lambda: self.write(self.own))
        time.sleep(self.rng.choice(PAUSES))
