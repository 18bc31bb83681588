"""Show which parts of files are in memory (in the page cache).

Each file is a line: a bar from the file's start to its end, higher where more of
it is in memory, and then how much is.
"""

import argparse
import base64
import json
import os
import shutil
import stat
import sys
import time
from collections.abc import Callable
from typing import TypeVar

import ironmap

from ._cached import Cached, Columns, Ranges
from ._command import complain, die_of_signals, written

# From none of a column's pages to all of them.
BLOCKS = " ▁▂▃▄▅▆▇█"
ASCII_BLOCKS = " .:-=+*%#"

NARROWEST_BAR = 20
WIDTH_WITHOUT_TERMINAL = 80

# Bytes asked about at a time, and seconds after which a person wants to be told.
CHUNK = 1 << 30
PATIENCE = 1.0

CAP_FOWNER = 3


C = TypeVar("C", bound=Cached)


class CannotShow(Exception):
    """A file of which nothing can be told, and why."""


def main(arguments: list[str]) -> int:
    parser = argparse.ArgumentParser(prog="python -m ironmap pages", description=__doc__)
    parser.add_argument("--json", action="store_true", help="exact ranges of bytes, as JSON")
    parser.add_argument("files", metavar="FILE", nargs="+")
    given = parser.parse_args(arguments)
    die_of_signals()
    names: list[str] = given.files
    return written("pages", (lambda: show_exact(names)) if given.json else (lambda: show(names)))


def show(names: list[str]) -> int:
    """Print lines of the files; 1 if one of them cannot be shown."""
    lines = Lines(names)
    failed = 0
    for name in names:
        if cached := look_or_complain(name, lambda name, size: Columns(name, size, lines.width)):
            lines.show(cached)
        else:
            failed = 1
    return failed


def show_exact(names: list[str]) -> int:
    """Print JSON of the files; 1 if one of them cannot be shown."""
    failed, between = 0, "["
    for name in names:
        if cached := look_or_complain(name, Ranges):
            print(between, end="")
            print_exact(cached)
            between = ",\n "
        else:
            failed = 1
    print("]" if between != "[" else "[]")
    return failed


def look_or_complain(name: str, collect: Callable[[str, int], C]) -> C | None:
    """What `look` gives; nothing, and a line that says why, where it cannot."""
    try:
        return look(name, collect)
    except (CannotShow, OSError) as error:
        text = error.strerror if isinstance(error, OSError) else error
        complain("pages", f"{printable(name)}: {text}")
    return None


def look(name: str, collect: Callable[[str, int], C]) -> C:
    """What the system has of a file. None of it is read."""
    if sys.platform == "win32":
        raise CannotShow("Windows does not tell what it has of a file in memory")
    # Opening a pipe would wait for somebody at its other end.
    status = os.stat(name)
    if not stat.S_ISREG(status.st_mode):
        kind = "a directory" if stat.S_ISDIR(status.st_mode) else "not a regular file"
        raise CannotShow(f"is {kind}")
    if status.st_size == 0:
        raise CannotShow("is empty: it has no pages")
    with open(name, "rb", buffering=0) as file:
        if not is_told(name, status):
            raise CannotShow("the system tells only its owner and those who may write to it")
        with ironmap.mmap(file.fileno(), 0, access=ironmap.ACCESS_READ) as map:
            cached = collect(name, len(map))
            progress = Progress(name, len(map))
            for start in range(0, len(map), CHUNK):
                cached.add(start // ironmap.PAGESIZE, map.resident(start, CHUNK, pages=True))
                progress.tell(start + CHUNK)
            progress.end()
            return cached


def is_told(name: str, status: os.stat_result) -> bool:
    """Whether the system tells this process of the file's pages. Linux says to
    others that all of them are in memory."""
    if sys.platform != "linux" or status.st_uid == os.geteuid():
        return True
    return os.access(name, os.W_OK, effective_ids=True) or has_capability(CAP_FOWNER)


def has_capability(number: int) -> bool:
    with open("/proc/self/status") as file:
        effective = next(line for line in file if line.startswith("CapEff:"))
    return bool(int(effective.split()[1], 16) >> number & 1)


class Progress:
    """How far a long look has got, for a person who waits at a terminal."""

    def __init__(self, name: str, size: int) -> None:
        self.name, self.size = name, size
        self.begun = time.monotonic()
        self.watched = sys.stderr is not None and sys.stderr.isatty()
        self.told = ""

    def tell(self, done: int) -> None:
        if self.watched and time.monotonic() - self.begun > PATIENCE:
            self.told = f"{printable(self.name)}: {100 * min(done, self.size) // self.size}%"
            print(f"\r{self.told}", end="", file=sys.stderr, flush=True)

    def end(self) -> None:
        if self.told:
            print(f"\r{' ' * len(self.told)}\r", end="", file=sys.stderr, flush=True)


class Lines:
    """A line for each file, all bars of one width."""

    def __init__(self, names: list[str]) -> None:
        width = WIDTH_WITHOUT_TERMINAL
        if sys.stdout.isatty():
            width = shutil.get_terminal_size().columns
        tail = len(self.tail(0, 1, "")) + max(len(printable(name)) for name in names)
        self.width = max(NARROWEST_BAR, width - tail - len("||"))
        self.blocks = BLOCKS if encodable(BLOCKS) else ASCII_BLOCKS

    def show(self, cached: Columns) -> None:
        bar = "".join(map(self.block, cached.parts()))
        tail = self.tail(cached.resident, cached.size, printable(cached.name))
        print(f"|{bar}|{tail}", flush=True)

    def block(self, part: float) -> str:
        """The lowest and the highest stand for nothing and everything alone."""
        between = len(self.blocks) - 2
        return self.blocks[0 if part == 0 else -1 if part == 1 else 1 + int(part * between)]

    @staticmethod
    def tail(resident: int, size: int, name: str) -> str:
        return f" {percent(resident, size):>6}  {amount(resident):>9} of {amount(size):>9}  {name}"


def percent(part: int, whole: int) -> str:
    """Rounded, but 0% and 100% are nothing and everything."""
    if 0 < part * 1000 < whole:
        return "<0.1%"
    return "100%" if part == whole else f"{part * 1000 // whole / 10}%"


def amount(size: float) -> str:
    unit = "B"
    for larger in ("KiB", "MiB", "GiB", "TiB", "PiB"):
        if size < 1000:
            break
        size, unit = size / 1024, larger
    return f"{size} B" if unit == "B" else f"{size:.1f} {unit}"


def print_exact(cached: Ranges) -> None:
    known = name_as_json(cached.name) | {
        "size": cached.size,
        "page_size": ironmap.PAGESIZE,
        "pages": cached.pages,
        "resident_pages": cached.resident_pages,
        "resident_bytes": cached.resident,
    }
    print(json.dumps(known).removesuffix("}"), end=', "ranges": [')
    between = ""
    for start, end in cached.ranges():
        print(f"{between}[{start}, {end}]", end="")
        between = ", "
    print("]}", end="")


def name_as_json(name: str) -> dict[str, object]:
    """A name that is no text is exact in base64 alone: JSON is text."""
    try:
        name.encode()
    except UnicodeEncodeError:
        exact = os.fsencode(name)
        return {
            "file": exact.decode(errors="replace"),
            "file_base64": base64.b64encode(exact).decode(),
        }
    return {"file": name}


def encodable(text: str) -> bool:
    try:
        text.encode(sys.stdout.encoding)
    except UnicodeEncodeError:
        return False
    return True


def printable(name: str) -> str:
    """A name on one line, in characters that can be shown."""
    if name.isprintable() and encodable(name):
        return name
    return name.encode("unicode_escape").decode("ascii")
