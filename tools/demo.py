"""Shows what ironmap does, on a real file.

    python tools/demo.py [FILE]

Without FILE it takes the largest file of the running interpreter's library
folder. FILE itself is only read: what is edited is a copy.
"""

import mmap as stdlib
import os
import secrets
import stat
import subprocess
import sys
import sysconfig
import tempfile
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import TypeVar

import ironmap

ROUNDS = 5
SECONDS = 3.0  # Starts no further round of a row after this time.
COPIED = 64 << 20  # Edits a copy of at most so many bytes.
READ = 256 << 20
LAST = 256
ABSENT = 24
WORD = b"error"

CHILD = """
import sys, ironmap
with open(sys.argv[1], "r+b") as file, ironmap.mmap(file.fileno(), 0) as map:
    map[0] = int(sys.argv[2])
"""

Map = ironmap.mmap | stdlib.mmap
Answer = TypeVar("Answer")


class Refused(Exception):
    """Says what is wrong with FILE."""


def main(arguments: list[str]) -> int:
    try:
        path = checked(Path(arguments[0])) if arguments else largest_library_file()
    except Refused as refusal:
        print(f"demo: {refusal}", file=sys.stderr)
        return 2
    with tempfile.TemporaryDirectory() as folder:
        hello(Path(folder, "hello.txt"))
        read_and_search(path)
        copy = Path(folder, "copy")
        edit_and_resize(path, copy)
        share(copy)
        if sys.platform != "win32":
            # Windows cuts no file that is mapped.
            survive(copy)
    return 0


def checked(path: Path) -> Path:
    """Returns ``path`` if it can be read and mapped."""
    try:
        status = path.stat()
        if stat.S_ISDIR(status.st_mode):
            raise Refused(f"{path} is a directory, and the demo needs a file")
        if not stat.S_ISREG(status.st_mode):
            raise Refused(
                f"{path} is a pipe, a socket or a device, and the demo needs a regular file"
            )
        if status.st_size == 0:
            raise Refused(f"{path} is empty, and an empty file cannot be mapped")
        path.open("rb").close()
    except OSError as error:
        raise Refused(f"{path} cannot be opened: {error.strerror}") from error
    return path


def largest_library_file() -> Path:
    return max(library_files(), key=lambda path: path.stat().st_size)


def library_files() -> Iterator[Path]:
    for folder, _, names in os.walk(sysconfig.get_path("stdlib")):
        for path in (Path(folder, name) for name in names):
            if path.is_file() and not path.is_symlink() and os.access(path, os.R_OK):
                yield path


def hello(path: Path) -> None:
    title("1. The example of Python's documentation")
    path.write_bytes(b"Hello Python!\n")
    with path.open("r+b") as file:
        map = ironmap.mmap(file.fileno(), 0)
        print("map.readline()     ", map.readline())
        print("map[:5]            ", map[:5])
        map[6:] = b" world!\n"
        print("map[6:] = b' world!\\n'")
        map.seek(0)
        print("map.readline()     ", map.readline())
        map.close()
    content = path.read_bytes()
    expect(content == b"Hello  world!\n", "the file holds what was assigned")
    print("the file afterwards", content)


def read_and_search(path: Path) -> None:
    title("2. A real file, beside the stdlib module")
    with path.open("rb") as file:
        theirs = stdlib.mmap(file.fileno(), 0, access=stdlib.ACCESS_READ)
        ours = ironmap.mmap(file.fileno(), 0, access=ironmap.ACCESS_READ)
    with theirs, ours:
        maps = (theirs, ours)
        last, absent = ours[-LAST:], secrets.token_bytes(ABSENT)
        print(f"{path}, {len(ours):,} bytes, mapped read-only by both modules.")
        print(f"{'':38}  {'stdlib':>12}  {'ironmap':>12}")
        compare(f"read {min(len(ours), READ):,} bytes", maps, lambda map: map[:READ])
        at = compare(f"find its last {len(last)} bytes", maps, lambda map: map.find(last))
        nowhere = compare(f"find {ABSENT} random bytes, absent", maps, lambda map: map.find(absent))
        compare("the same from the end: rfind", maps, lambda map: map.rfind(absent))
        count = compare(f"count {WORD!r} with find", maps, lambda map: occurrences(map, WORD))
        print(
            f"Its last bytes were first seen at {at:,}; the random ones "
            f"{'nowhere' if nowhere < 0 else f'at {nowhere:,}'}; {WORD!r} {count:,} times."
        )
        print("Both modules gave the same answers.", end=" ")
        print(f"Times are the best of up to {ROUNDS} rounds, taken in turn.")


def compare(what: str, maps: tuple[Map, Map], job: Callable[[Map], Answer]) -> Answer:
    """Runs ``job`` on both maps in turn, prints the best time of each, returns the answer."""
    best = [float("inf"), float("inf")]
    started = time.perf_counter()
    for _ in range(ROUNDS):
        answers = []
        for which, map in enumerate(maps):
            begun = time.perf_counter()
            answers.append(job(map))
            best[which] = min(best[which], time.perf_counter() - begun)
        expect(answers[0] == answers[1], f"both modules agree: {what}")
        if time.perf_counter() - started > SECONDS:
            break
    print(f"{what:38}  {milliseconds(best[0])}  {milliseconds(best[1])}")
    return answers[1]


def occurrences(map: Map, word: bytes) -> int:
    count, at = 0, map.find(word, 0)
    while at >= 0:
        count, at = count + 1, map.find(word, at + len(word))
    return count


def edit_and_resize(path: Path, copy: Path) -> None:
    title("3. A copy, edited and resized")
    with path.open("rb") as original:
        model = bytearray(original.read(COPIED))
    copy.write_bytes(model)
    old, page = len(model), ironmap.PAGESIZE
    with copy.open("r+b") as file, ironmap.mmap(file.fileno(), 0) as map:
        map[0] = model[0] = ord("#")
        map[old // 2 : old // 2 + 1] = model[old // 2 : old // 2 + 1] = b"%"
        map.flush()
        print(f"Two bytes changed in a copy of {old:,} bytes; flushed.")
        map.resize(old + page)
        model += bytes(page)
        map[-4:] = model[-4:] = b"end\n"
        expect(copy.read_bytes() == model, "the grown copy holds what was written")
        print(
            f"Grown by {page:,} bytes and written to at its new end; read with open() it is as expected."
        )
        map.resize(max(1, old // 2))
        del model[max(1, old // 2) :]
        expect(len(map) == map.size() == len(model), "the map is as long as its file")
    expect(copy.read_bytes() == model, "the cut copy holds what was written")
    print(f"Cut to {len(model):,} bytes and closed; read with open() it is as expected.")


def share(copy: Path) -> None:
    title("4. The copy, shared with another process")
    with copy.open("r+b") as file, ironmap.mmap(file.fileno(), 0) as map:
        before, wanted = map[0], map[0] ^ 0x20
        child = [sys.executable, "-c", CHILD, str(copy), str(wanted)]
        subprocess.run(child, check=True)
        expect(map[0] == wanted, "the child's byte is seen")
        print(
            f"A child process mapped the copy too and changed its first byte: {before} became {map[0]} here."
        )


def survive(copy: Path) -> None:
    title("5. The copy, cut while it is mapped")
    with copy.open("r+b") as file, ironmap.mmap(file.fileno(), 0) as map:
        file.truncate(0)
        try:
            map[0]
        except ironmap.FaultError as error:
            print(
                f"The first byte is read, which ends a process with the stdlib module:\n{error!r}"
            )
        else:
            expect(False, "a byte that is gone raises")


def title(text: str) -> None:
    print(f"\n{text}\n{'-' * len(text)}")


def milliseconds(seconds: float) -> str:
    return f"{seconds * 1000:9.3f} ms"


def expect(holds: bool, what: str) -> None:
    if not holds:
        raise SystemExit(f"demo: WRONG: expected that {what}")


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
