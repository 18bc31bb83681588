"""Show which parts of files are in memory (in the page cache).

Prints a line for each file: a bar from its start to its end, higher where more is in
memory, and the amount in memory.
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

# From no page of a column to all of them.
BLOCKS = " ▁▂▃▄▅▆▇█"
ASCII_BLOCKS = " .:-=+*%#"

NARROWEST_BAR = 20
WIDTH_WITHOUT_TERMINAL = 80

# Bytes for each call of resident, and seconds before progress is shown.
CHUNK = 1 << 30
PATIENCE = 1.0

CAP_FOWNER = 3


C = TypeVar("C", bound=Cached)


class CannotShow(Exception):
    """The reason why a file cannot be shown."""


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
    """Return the result of `look`, or print the reason and return None."""
    try:
        return look(name, collect)
    except (CannotShow, OSError) as error:
        text = error.strerror if isinstance(error, OSError) else error
        complain("pages", f"{printable(name)}: {text}")
    return None


def look(name: str, collect: Callable[[str, int], C]) -> C:
    """Return which pages of a file are in memory, without reading the file."""
    if sys.platform == "win32":
        raise CannotShow("Windows does not report which pages of a file are in memory")
    # Opening a pipe would wait for its other end.
    status = os.stat(name)
    if not stat.S_ISREG(status.st_mode):
        kind = "a directory" if stat.S_ISDIR(status.st_mode) else "not a regular file"
        raise CannotShow(f"is {kind}")
    if status.st_size == 0:
        raise CannotShow("is empty: it has no pages")
    with open(name, "rb", buffering=0) as file:
        if not is_reported(name, status):
            raise CannotShow("only its owner and users with write access can see its pages")
        with ironmap.mmap(file.fileno(), 0, access=ironmap.ACCESS_READ) as map:
            cached = collect(name, len(map))
            progress = Progress(name, len(map))
            for start in range(0, len(map), CHUNK):
                cached.add(start // ironmap.PAGESIZE, map.resident(start, CHUNK, pages=True))
                progress.show(start + CHUNK)
            progress.end()
            return cached


def is_reported(name: str, status: os.stat_result) -> bool:
    """Return whether the system reports the file's pages to this process.

    To other processes Linux reports that all pages are in memory.
    """
    if sys.platform != "linux" or status.st_uid == os.geteuid():
        return True
    return os.access(name, os.W_OK, effective_ids=True) or has_capability(CAP_FOWNER)


def has_capability(number: int) -> bool:
    with open("/proc/self/status") as file:
        effective = next(line for line in file if line.startswith("CapEff:"))
    return bool(int(effective.split()[1], 16) >> number & 1)


class Progress:
    """Progress of a long look, shown at a terminal."""

    def __init__(self, name: str, size: int) -> None:
        self.name, self.size = name, size
        self.begun = time.monotonic()
        self.watched = sys.stderr is not None and sys.stderr.isatty()
        self.shown = ""

    def show(self, done: int) -> None:
        if self.watched and time.monotonic() - self.begun > PATIENCE:
            self.shown = f"{printable(self.name)}: {100 * min(done, self.size) // self.size}%"
            print(f"\r{self.shown}", end="", file=sys.stderr, flush=True)

    def end(self) -> None:
        if self.shown:
            print(f"\r{' ' * len(self.shown)}\r", end="", file=sys.stderr, flush=True)


class Lines:
    """Prints a line for each file, with bars of one width."""

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
        """Return the character for a part; the first means nothing, the last everything."""
        between = len(self.blocks) - 2
        return self.blocks[0 if part == 0 else -1 if part == 1 else 1 + int(part * between)]

    @staticmethod
    def tail(resident: int, size: int, name: str) -> str:
        return f" {percent(resident, size):>6}  {amount(resident):>9} of {amount(size):>9}  {name}"


def percent(part: int, whole: int) -> str:
    """Return a rounded percentage; 0% means nothing and 100% everything."""
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
    """Return the name for JSON; a name that is not UTF-8 is also given in base64."""
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
    """Return the name on one line, in characters that the output can encode."""
    if name.isprintable() and encodable(name):
        return name
    return name.encode("unicode_escape").decode("ascii")
