"""Threads that use maps, and judge the results."""

from __future__ import annotations

import errno
import os
import time
import traceback
from collections.abc import Callable
from dataclasses import dataclass
from random import Random

import ironmap

from .files import LARGE, Shape
from .history import MAPPER, PAGE, View, Window, filling_bytes
from .operations import (
    FOREIGN_READERS,
    POSITIONED_READERS,
    READERS,
    SEARCHES,
    SHARED_READERS,
    WRITERS,
    reach,
)
from .room import Room, Tally

ACCESSES = (
    ironmap.ACCESS_DEFAULT,
    ironmap.ACCESS_READ,
    ironmap.ACCESS_WRITE,
    ironmap.ACCESS_COPY,
)
DETACHED = 4 << 20


@dataclass(eq=False)
class Held:
    """A map, and the facts that are needed to judge its results."""

    map: ironmap.mmap
    number: int
    shape: Shape
    base: int = 0  # The offset in the file.
    tracked: bool = True
    private: bool = False
    # Only one thread uses it, and no fault leaves damage: then the reason of a fault is in
    # the operation that raised it.
    steady: bool = False
    file: int = -1  # A descriptor of its writer.


class User:
    """One thread with its own view of each file."""

    def __init__(self, room: Room, tally: Tally, rng: Random, shared: list[Held]) -> None:
        self.room, self.tally, self.rng = room, tally, rng
        self.shared = shared  # Maps that all threads of the process use.
        self.views: dict[int, View] = {}

    def run(self) -> None:
        while not self.room.users_stopped():
            self.turn()

    def turn(self) -> None:
        raise NotImplementedError

    def attempt(self, held: Held, act: Callable[[], None]) -> None:
        """Calls ``act``; a FaultError that passes it is wrong: the call touches no page, and no
        other code has left a report."""
        try:
            act()
        except ironmap.FaultError as error:
            self.tally.add("faults", 1, "")
            self.tally.add("false faults", 1, f"{error!r}, but no page was touched: {held}")

    def view(self, held: Held) -> View:
        if held.number not in self.views:
            journal = self.room.journals[held.number]
            self.views[held.number] = View(journal, held.shape.pages)
        return self.views[held.number]

    def fault(
        self, held: Held, window: Window, error: ironmap.FaultError, at: int, end: int
    ) -> None:
        """Judges a FaultError of an access from ``at`` to before ``end``."""
        self.tally.add("faults", 1, "")
        right = at <= error.offset < end and error.errno == errno.EIO
        if not held.tracked:
            right = right and error.file_size is None
        elif held.steady:
            right = right and error.file_size in window.sizes
            right = right and window.may_lack(held.base + error.offset)
            right = right and held.map.faults > 0
        if not right:
            what = f"{error!r} of {at}..{end}, sizes {window.sizes}, {held}"
            self.tally.add("false faults", 1, what)


class Reader(User):
    """Opens maps, reads them in all ways, and closes them."""

    def __init__(
        self, room: Room, tally: Tally, rng: Random, shared: list[Held], names: list[str]
    ) -> None:
        super().__init__(room, tally, rng, shared)
        self.names = names

    def turn(self) -> None:
        shared = tuple(self.shared)
        if shared and self.rng.random() < 0.3:
            held = self.rng.choice(shared)
            return self.attempt(held, lambda: self.look_at_shared(held))
        opened = self.open(self.rng.choice(self.names))
        if opened is None:
            return time.sleep(0.001)
        held = opened
        for _ in range(self.rng.randrange(8 if held.shape is LARGE else 40)):
            self.attempt(held, lambda: self.look(held))
        if held.private:
            self.attempt(held, lambda: self.change_privately(held))
        self.attempt(held, held.map.close)

    def open(self, name: str) -> Held | None:
        self.tally.count("open")
        file = os.open(self.room.path(name), os.O_RDWR)
        try:
            size = os.fstat(file).st_size
            base = self.rng.choice([0, self.rng.randrange(size // PAGE + 1) * PAGE])
            length = self.rng.choice([0, self.rng.randint(1, max(size - base, 1))])
            access = self.rng.choice(ACCESSES)
            tracked = self.rng.random() < 0.9
            map = ironmap.mmap(file, length, access=access, offset=base, trackfd=tracked)
            number = self.room.number_of(file)
        except ValueError:
            return None  # The file is too short now.
        finally:
            os.close(file)
        private = access == ironmap.ACCESS_COPY
        steady = tracked and not private
        return Held(map, number, self.room.shape(name), base, tracked, private, steady)

    def look(self, held: Held) -> None:
        kind = self.rng.random()
        if kind < 0.6:
            self.read(held, self.rng.choice(self.readers(held)))
        elif kind < 0.75:
            self.search(held, self.rng.choice(SEARCHES))
        elif kind < 0.85 and held.steady:
            self.read_by_others(held, self.rng.choice(list(FOREIGN_READERS)))
        elif kind < 0.95:
            self.read_strided(held)
        elif kind < 0.999:
            self.ask_size(held)
        else:
            self.fork(held)

    def readers(self, held: Held) -> list[str]:
        names = set(READERS)
        if not held.steady:
            names.remove("restore")
        if held.shape is LARGE:
            names.remove("readline")  # It can be without a newline.
        return sorted(names)

    def look_at_shared(self, held: Held) -> None:
        try:
            if self.rng.random() < 0.8:
                self.read(held, self.rng.choice(list(SHARED_READERS)))
            else:
                self.read_strided(held)
        except (ValueError, IndexError):
            pass  # Its owner has closed it or made it shorter.

    def place(self, held: Held) -> tuple[int, int]:
        """Returns the beginning of an operation, and its number of bytes."""
        length = len(held.map)
        at = self.rng.choice([0, self.rng.randrange(length)])
        if held.shape is LARGE and self.rng.random() < 0.1:
            count = self.rng.randint(DETACHED, DETACHED + DETACHED // 2)
        else:
            count = self.rng.choice([1, self.rng.randint(1, 3 * PAGE)])
        return at, min(count, length - at)

    def read(self, held: Held, name: str) -> None:
        self.tally.count(name)
        place, count = self.place(held)
        at, end = reach(name, len(held.map), place, count)
        view = self.view(held)
        view.begin()
        try:
            got = READERS[name](held.map, place, count)
        except ironmap.FaultError as error:
            self.fault(held, view.end(), error, at, end)
            if name in POSITIONED_READERS and held.map.tell() != at:
                self.tally.add("false faults", 1, f"{name} has moved the position from {at}")
            return
        self.judge(held, view.end(), name, at, got)
        if held.steady and name != "readline" and len(got) != end - at:
            self.tally.add("wrong bytes", 1, f"{name} of {at}..{end} gave {len(got)} bytes")

    def judge(self, held: Held, window: Window, name: str, at: int, got: bytes) -> None:
        wrong = window.wrong(held.base + at, got)
        if wrong:
            what = f"{name} of file {held.number} from {held.base + at}, {len(got)} bytes"
            self.tally.add("wrong bytes", wrong, what)

    def read_strided(self, held: Held) -> None:
        self.tally.count("strided")
        at, count = self.place(held)
        step = self.rng.choice([2, 7, PAGE + 1])
        end = min(at + count, at + 200 * step)
        view = self.view(held)
        view.begin()
        try:
            got = held.map[at:end:step]
        except ironmap.FaultError as error:
            self.fault(held, view.end(), error, at, end)
            return
        window = view.end()
        for number, byte in enumerate(got):
            self.judge(held, window, "strided", at + number * step, bytes([byte]))

    def read_by_others(self, held: Held, name: str) -> None:
        """Reads with other code: damage reads as zeros, and the next call reports it."""
        self.tally.count(name)
        at, count = self.place(held)
        view = self.view(held)
        view.begin()
        got = FOREIGN_READERS[name](held.map, at, count)
        told = False
        try:
            held.map.seek(0)
        except ironmap.FaultError as error:
            told = True
            self.fault(held, view.end(), error, 0, len(held.map))
        window = view.end()
        wrong = window.wrong_to_foreign_code(held.base + at, got)
        if window.must_lack(held.base + at + count - 1) and not told:
            wrong += 1
        if wrong:
            what = f"{name} of file {held.number} from {held.base + at}, {count} bytes"
            self.tally.add("wrong bytes", wrong, what)

    def search(self, held: Held, name: str) -> None:
        self.tally.count(name)
        start, count = self.place(held)
        if self.rng.random() < 0.3 or name == "in":
            start, count = 0, len(held.map)
        end = start + count
        view = self.view(held)
        page = (held.base + self.rng.randrange(start, end)) // PAGE
        view.begin()
        value = self.rng.choice(view.pages[page]).value(page)
        needle = bytes([value]) * min(count, self.rng.choice([1, 1, 2, PAGE // 2]))
        try:
            if name == "in":
                found = 0 if needle[:1] in held.map else -1
            else:
                found = getattr(held.map, name)(needle, start, end)
        except ironmap.FaultError as error:
            self.fault(held, view.end(), error, start, end)
            return
        window = view.end()
        if found < 0:
            unseen = start, end
        elif name == "find":
            unseen = start, found
        elif name == "rfind":
            unseen = found + len(needle), end
        else:
            return
        if found >= 0:
            self.judge(held, window, name, found, needle)
        if window.misses(value, held.base + unseen[0], held.base + unseen[1]):
            what = f"{name} of {needle[:2]!r} in {start}..{end} of file {held.number}: {found}"
            self.tally.add("wrong bytes", 1, what)

    def ask_size(self, held: Held) -> None:
        self.tally.count("size")
        if not held.tracked:
            return
        view = self.view(held)
        view.begin()
        size = held.map.size()
        if size not in view.end().sizes:
            self.tally.add("wrong bytes", 1, f"size of file {held.number}: {size}")

    def change_privately(self, held: Held) -> None:
        """Checks that a private map keeps a change, unless its page is cut off."""
        self.tally.count("private")
        at, count = self.place(held)
        secret = self.rng.randbytes(1) * count
        view = self.view(held)
        view.begin()
        try:
            held.map[at : at + count] = secret
            got = held.map[at : at + count]
        except ironmap.FaultError as error:
            self.fault(held, view.end(), error, at, at + count)
            return
        window = view.end()
        if got != secret and not window.may_lack(held.base + at + count - 1):
            self.tally.add("wrong bytes", 1, f"private change of file {held.number} at {at}")

    def fork(self, held: Held) -> None:
        """Reads in a forked child, which must succeed."""
        self.tally.count("fork")
        child = os.fork()
        if child == 0:
            try:
                for _ in range(20):
                    self.read(held, self.rng.choice(self.readers(held)))
                os._exit(0)
            except BaseException:
                traceback.print_exc()
                os._exit(1)
        _, status = os.waitpid(child, 0)
        if status:
            code = os.waitstatus_to_exitcode(status)
            raise ChildProcessError(f"a forked child ended with {code}")


class Writer(User):
    """Writes through maps of its own files, which other threads read."""

    def __init__(
        self, room: Room, tally: Tally, rng: Random, shared: list[Held], names: list[str]
    ) -> None:
        super().__init__(room, tally, rng, shared)
        self.held: dict[str, Held | None] = dict.fromkeys(names)

    def turn(self) -> None:
        name = self.rng.choice(list(self.held))
        held = self.held[name]
        if held is None or self.rng.random() < 0.01:
            self.reopen(name)
        elif not self.room.journals[held.number].fills[MAPPER].is_full():
            self.attempt(held, lambda: self.write(held))
        time.sleep(self.rng.choice([0, 0.001, 0.003]))

    def reopen(self, name: str) -> None:
        self.tally.count("open")
        old = self.held[name]
        if old is not None:
            self.shared.remove(old)
            self.attempt(old, old.map.close)
            os.close(old.file)
            self.held[name] = None
        file = os.open(self.room.path(name), os.O_RDWR)
        try:
            map = ironmap.mmap(file, 0)
        except ValueError:  # The file is empty.
            return os.close(file)
        held = Held(map, self.room.number_of(file), self.room.shape(name), file=file)
        self.held[name] = held
        self.shared.append(held)

    def write(self, held: Held) -> None:
        rng, shape = self.rng, held.shape
        stripe = rng.choice(shape.stripes(MAPPER))
        first, last = shape.run(rng, stripe, len(held.map) // PAGE)
        if first >= last:
            return
        if shape is LARGE and rng.random() < 0.8:
            last = min(last, first + 4)
        salt, name = rng.randrange(255), rng.choice(list(WRITERS))
        self.tally.count(name)
        data = filling_bytes(first, last, salt)
        view = self.view(held)
        view.begin()
        try:
            with view.journal.filling(MAPPER, first, last, salt):
                WRITERS[name](held.map, first * PAGE, data)
        except ironmap.FaultError as error:
            self.fault(held, view.end(), error, first * PAGE, last * PAGE)
            return
        lost = view.end().must_lack(last * PAGE - 1)
        if lost or not self.arrived(held, first * PAGE, len(data)):
            what = f"{name} of pages {first}..{last} of file {held.number}"
            self.tally.add("lost writes", 1, what)

    def arrived(self, held: Held, at: int, count: int) -> bool:
        """Returns whether the file agrees with its journal."""
        view = self.view(held)
        view.begin()
        got = os.pread(held.file, count, at)
        return view.end().wrong(at, got) == 0
