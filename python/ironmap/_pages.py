"""Show which parts of files are in memory (in the page cache).

Prints a line for each file, also of folders: a bar from its start to its end, higher where
more is in memory, and the amount in memory. The last line has the total.
"""

import argparse
import base64
import json
import os
import shutil
import stat
import sys
from collections.abc import Callable, Iterator
from functools import partial
from typing import NamedTuple, TypeVar

import ironmap

from ._cached import Cached, Columns, Ranges, pages_in_memory
from ._command import complain, die_of_signals, written
from ._waiting import Waiting

# From no page of a column to all of them.
BLOCKS = " ▁▂▃▄▅▆▇█"
ASCII_BLOCKS = " .:-=+*%#"

NARROWEST_BAR = 10
WIDTH_WITHOUT_TERMINAL = 80

CAP_FOWNER = 3

C = TypeVar("C", bound=Cached)

SORTS: dict[str, Callable[[Cached], object]] = {
    "name": lambda cached: cached.name,
    "size": lambda cached: (-cached.size, cached.name),
    "resident": lambda cached: (-cached.resident, cached.name),
    "percent": lambda cached: (-cached.resident / cached.size, cached.name),
}


class CannotShow(Exception):
    """The reason why a file cannot be shown."""


class File(NamedTuple):
    name: str
    size: int


def main(arguments: list[str]) -> int:
    parser = argparse.ArgumentParser(prog="python -m ironmap pages", description=__doc__)
    parser.add_argument("--json", action="store_true", help="exact ranges of bytes, as JSON")
    parser.add_argument(
        "--sort",
        choices=SORTS,
        help="by name, or by size, by the bytes or by the share in memory, the largest first",
    )
    parser.add_argument(
        "files", metavar="FILE", nargs="+", help="a file, or a folder with all files below it"
    )
    given = parser.parse_args(arguments)
    die_of_signals()
    if sys.platform == "win32":
        complain("pages", "Windows does not report which pages of a file are in memory")
        return 1
    show = show_exact if given.json else show_lines
    return written("pages", lambda: show(Look(given.files), given.sort))


class Look:
    """A look at files, which complains about those that cannot be shown."""

    def __init__(self, names: list[str]) -> None:
        self.failed = False
        self.waiting = Waiting()
        self.known: set[tuple[int, int]] = set()
        self.done = 0
        self.files = [file for name in names for file in self.found(name)]
        self.whole = sum(size for _, size in self.files)

    def found(self, name: str) -> Iterator[File]:
        """Yield a file, or those in a folder that have pages; each file once."""
        try:
            status = os.stat(name)
            if not stat.S_ISDIR(status.st_mode):
                check(status)
                yield from self.once(name, status)
                return
        except (CannotShow, OSError) as error:
            self.complain(name, error)
            return
        for folder, folders, names in os.walk(name, onerror=self.complain_of_folder):
            folders.sort()
            for each in sorted(names):
                yield from self.found_in_folder(os.path.join(folder, each))
            self.waiting.show(0, 0, f"{len(self.known)} files found")

    def found_in_folder(self, name: str) -> Iterator[File]:
        try:
            status = os.lstat(name)
        except OSError as error:
            self.complain(name, error)
            return
        if stat.S_ISREG(status.st_mode) and status.st_size:
            yield from self.once(name, status)

    def once(self, name: str, status: os.stat_result) -> Iterator[File]:
        identity = status.st_dev, status.st_ino
        if identity not in self.known:
            self.known.add(identity)
            yield File(name, status.st_size)

    def each(self, collect: Callable[[str, int], C]) -> Iterator[C]:
        """Yield what is in memory of each file, and complain of those that cannot be shown."""
        for name, size in self.files:
            self.progress(name, 0)
            try:
                cached = self.look(name, collect)
            except (CannotShow, OSError) as error:
                self.complain(name, error)
            else:
                self.waiting.clear()
                yield cached
            self.done += size
        self.waiting.clear()

    def look(self, name: str, collect: Callable[[str, int], C]) -> C:
        """Return which pages of a file are in memory, without reading the file."""
        # Another file may be at the path now: a pipe would wait for its other end.
        file = os.open(name, os.O_RDONLY | os.O_NONBLOCK | os.O_CLOEXEC)
        try:
            status = os.fstat(file)
            check(status)
            if not is_reported(name, status):
                raise CannotShow("only its owner and users with write access can see its pages")
            cached = collect(name, status.st_size)
            progress = partial(self.progress, name)
            try:
                for first, end in pages_in_memory(file, cached.size, progress):
                    cached.add(first, end)
                is_cut = os.fstat(file).st_size < cached.size
            except ValueError:
                is_cut = True
            if is_cut:
                raise CannotShow("became shorter during the look at it")
            return cached
        finally:
            os.close(file)

    def progress(self, name: str, pages: int) -> None:
        self.waiting.show(self.done + pages * ironmap.PAGESIZE, self.whole, printable(name))

    def complain(self, name: str, error: CannotShow | OSError) -> None:
        self.failed = True
        self.waiting.clear()
        text = error.strerror if isinstance(error, OSError) else error
        complain("pages", f"{printable(name)}: {text}")

    def complain_of_folder(self, error: OSError) -> None:
        self.complain(error.filename, error)


def check(status: os.stat_result) -> None:
    if not stat.S_ISREG(status.st_mode):
        raise CannotShow("is not a regular file")
    if not status.st_size:
        raise CannotShow("is empty: it has no pages")


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


def show_lines(look: Look, sort: str | None) -> int:
    """Print a line for each file, and the total; 1 if one of them cannot be shown."""
    lines = Lines([name for name, _ in look.files])
    shown = resident = size = 0
    for cached in in_order(look.each(partial(Columns, width=lines.width)), sort):
        lines.show(cached)
        shown, resident, size = shown + 1, resident + cached.resident, size + cached.size
    if shown > 1:
        lines.show_total(resident, size, shown)
    return int(look.failed)


def show_exact(look: Look, sort: str | None) -> int:
    """Print JSON of the files; 1 if one of them cannot be shown."""
    between = "["
    for cached in in_order(look.each(Ranges), sort):
        print(between, end="")
        print_exact(cached)
        between = ",\n "
    print("]" if between != "[" else "[]")
    return int(look.failed)


def in_order(all_cached: Iterator[C], sort: str | None) -> Iterator[C]:
    return iter(sorted(all_cached, key=SORTS[sort])) if sort else all_cached  # type: ignore[arg-type]


class Lines:
    """Prints a line for each file, with bars of one width."""

    def __init__(self, names: list[str]) -> None:
        width = WIDTH_WITHOUT_TERMINAL
        if sys.stdout.isatty():
            width = shutil.get_terminal_size().columns
        room = width - len("||") - len(self.tail(0, 1, ""))
        # The bar has at least half of it, unless all names are short.
        longest = max((len(printable(name)) for name in names), default=0)
        self.width = max(NARROWEST_BAR, room - min(longest, room // 2))
        self.room_for_name = max(1, room - self.width) if sys.stdout.isatty() else longest
        self.blocks = BLOCKS if encodable(BLOCKS) else ASCII_BLOCKS

    def show(self, cached: Columns) -> None:
        bar = "".join(map(self.block, cached.parts()))
        name = printable(cached.name)
        if len(name) > self.room_for_name:
            cut = "…" if self.blocks is BLOCKS else "~"
            name = cut + name[len(name) - self.room_for_name + 1 :]
        print(f"|{bar}|{self.tail(cached.resident, cached.size, name)}", flush=True)

    def show_total(self, resident: int, size: int, files: int) -> None:
        blank = " " * (self.width + len("||"))
        print(f"{blank}{self.tail(resident, size, f'{files} files')}", flush=True)

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
        # `io.StringIO` has no encoding.
        text.encode(sys.stdout.encoding or "utf-8")
    except UnicodeEncodeError:
        return False
    return True


def printable(name: str) -> str:
    """Return the name on one line, in characters that the output can encode."""
    if name.isprintable() and encodable(name):
        return name
    return name.encode("unicode_escape").decode("ascii")
