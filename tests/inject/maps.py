"""The files and maps that operations use, and their state."""

import os
import signal
import sys

import ironmap
import ironmap._fault_guard
from ironmap._ironmap import _absent_map

PAGE = ironmap.PAGESIZE
CONTENT = b"first line\nsecond line\n" + bytes(3 * PAGE)


class Files:
    """The files of one operation, in a folder of the caller."""

    def __init__(self, folder):
        self.folder = str(folder)
        for name in os.listdir(folder):
            os.unlink(self.path(name))
        self.file = self.made("file", CONTENT)
        self.over = self.made("over", CONTENT)

    def path(self, name):
        return os.path.join(self.folder, name)

    def made(self, name, content):
        file = open(self.path(name), "w+b", buffering=0)
        file.write(content)
        return file

    def all(self):
        return []

    def state(self):
        """Returns the state that a failed operation must not change: files, maps, process."""
        names = sorted(os.listdir(self.folder))
        files = [(name, *content_of(self.path(name))) for name in names]
        return files, [state_of(m) for m in self.all()], state_of_process()


class Maps(Files):
    """The files, and a map of each kind."""

    def __init__(self, folder):
        super().__init__(folder)
        self.mapped_file = self.made("mapped", CONTENT)
        self.m = ironmap.mmap(self.mapped_file.fileno(), 0)
        self.read_only = ironmap.mmap(self.file.fileno(), 0, access=ironmap.ACCESS_READ)
        self.view = memoryview(self.read_only)
        self.memory = ironmap.mmap(-1, 200_000)
        private = (
            {"flags": ironmap.MAP_PRIVATE | ironmap.MAP_ANON} if sys.platform != "win32" else {}
        )
        self.private = ironmap.mmap(-1, 5 * PAGE, **private)
        self.large = ironmap.mmap(-1, 17 << 20, **private)
        self.closed = ironmap.mmap(-1, 5)
        self.closed.close()
        self.absent = _absent_map(ironmap.mmap, FileNotFoundError, (2, "gone", "name"))
        self.opened = ironmap.open(self.path("file"), "r+")
        (self.part,) = ironmap.split(self.path("file"), 1)
        self.cut_file = self.made("cut", bytes(4 * PAGE))
        self.cut = ironmap.mmap(self.cut_file.fileno(), 0)
        self.cut_file.truncate(10)

    def all(self):
        maps = [self.m, self.read_only, self.memory, self.private, self.large]
        return [*maps, self.closed, self.absent, self.opened, self.cut]


class Damaged(Files):
    """A map with unreported damage whose file is whole again."""

    def __init__(self, folder):
        super().__init__(folder)
        self.damaged = ironmap.mmap(self.file.fileno(), 0)
        self.file.truncate(10)
        bytes(memoryview(self.damaged))
        self.file.truncate(len(CONTENT))


def content_of(path):
    """Returns the size and a hash of the bytes."""
    with open(path, "rb", buffering=0) as file:
        content = file.read()
    return len(content), hash(content)


def state_of(m):
    """Returns the visible state of a map, without the bytes of a large one."""
    if m.closed:
        return "closed"
    try:
        content = hash(bytes(m)) if len(m) < 1 << 20 else None
    except ironmap.FaultError as error:
        content = str(error)
    return len(m), m.tell(), m.writable(), content


def state_of_process():
    mask = (
        signal.pthread_sigmask(signal.SIG_BLOCK, ()) if hasattr(signal, "pthread_sigmask") else None
    )
    hook = ironmap._fault_guard.current_hook
    return ironmap.fault_guard(), mask, hook, sys.modules.get("mmap") is ironmap


def heard(report):
    pass


class Sub(ironmap.mmap):
    pass


class Index:
    def __index__(self):
        raise ZeroDivisionError("of __index__")


class Closing:
    """Closes the map when it is converted to an int."""

    def __init__(self, m):
        self.m = m

    def __index__(self):
        self.m.close()
        return 1


def failing_needles():
    yield b"x"
    raise ZeroDivisionError("of an iterator")
