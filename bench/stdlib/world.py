"""Makes the names that the rows use, for one of the two modules.

``m`` is a map of the file of lines, for reading; ``part`` of its first 64 MiB;
``w`` of a file to write to. ``page`` and ``lines`` are anonymous memory: 4 KiB,
and 1 MiB of the lines. ``of_36`` has lines of 36 bytes, and ``open_file(36)`` returns a file
of them. ``grows`` is resized. ``M`` is the class, ``fd`` the file of lines and ``path`` its
path. Each pathological case is a map without its needle.
"""

import os
import random
import threading
from collections.abc import Callable
from types import ModuleType
from typing import BinaryIO

from rows import KIB, LENGTHS, LINES, MIB

import ironmap

CONSTANTS: dict[str, object] = {
    "b16": b"0123456789abcdef",
    "ba16": bytearray(b"0123456789abcdef"),
    "b2k": b"z" * 2 * KIB,
    "b4k": b"z" * 4 * KIB,
    "view4k": memoryview(b"z" * 4 * KIB),
    "b1m": b"z" * MIB,
    "of_size": {size: b"z" * size for size in (4 * KIB, 64 * KIB, 256 * KIB, MIB)},
    # At the start and at the end of the file of lines; then three that it lacks: of rare
    # letters, of common letters, and long.
    "early": b"EARLY!",
    "late": b"LATE!!",
    "absent": b"ZQXJKV",
    "common": b"theqz ",
    "long": b"e the quere of the quick",
    "ironmap": ironmap,
}


def in_two_threads(search: Callable[..., int], *arguments: object) -> None:
    other = threading.Thread(target=search, args=arguments)
    other.start()
    search(*arguments)
    other.join()


def pathological(size: int) -> dict[str, tuple[bytes, bytes]]:
    """Returns needles, and texts of ``size`` bytes that make a search compare much."""
    chosen = random.Random(1)

    def random_of(letters: bytes, count: int) -> bytes:
        return bytes(chosen.choices(letters, k=count))

    cases = {
        "random_ab": (random_of(b"ab", 40), random_of(b"ab", size)),
        "random_dna": (random_of(b"ACGT", 20), random_of(b"ACGT", size)),
        "a29b": (b"a" * 30, b"a" * 29 + b"b"),
        "ab499": (b"ab" * 500, b"ab" * 499 + b"ba"),
        "run_then_b": (b"a" * 64 + b"b", b"a"),
        "b_then_run": (b"b" + b"a" * 64, b"a"),
        "zeros": (b"\0\0\0\1", b"\0"),
    }
    return {
        name: (needle, (text * (size // len(text) + 1))[:size])
        for name, (needle, text) in cases.items()
    }


def lines_of(length: int) -> bytes:
    return (b"x" * (length - 1) + b"\n") * (LINES // length)


def file_opener(folder: str) -> Callable[[int], BinaryIO]:
    """Writes a file of lines of each length. Returns the function that opens the one of a
    length."""
    for length in LENGTHS:
        with open(os.path.join(folder, str(length)), "wb") as file:
            file.write(lines_of(length))
    return lambda length: open(os.path.join(folder, str(length)), "rb")


def world(
    module: ModuleType, fd: int, written: int, cases: dict[str, tuple[bytes, bytes]]
) -> dict[str, object]:
    """``fd`` is the file of lines, ``written`` one that may be written to."""
    M = module.mmap

    def memory(content: bytes) -> object:
        made = M(-1, len(content))
        made[:] = content
        return made

    m = M(fd, 0, access=module.ACCESS_READ)
    names = {
        "m": m,
        "part": M(fd, 64 * MIB, access=module.ACCESS_READ),
        "w": M(written, 0),
        "page": M(-1, 4 * KIB),
        "lines": memory(m[:MIB]),
        "closed": memory(b"closed"),
        "M": M,
        "fd": fd,
        "MADV_NORMAL": module.MADV_NORMAL,
        "MADV_WILLNEED": module.MADV_WILLNEED,
        "in_two_threads": in_two_threads,
    }
    names["closed"].close()
    for length in LENGTHS:
        names[f"of_{length}"] = memory(lines_of(length))
    for name, (needle, text) in cases.items():
        names[name] = memory(text)
        names[f"{name}_needle"] = needle
    return CONSTANTS | names
