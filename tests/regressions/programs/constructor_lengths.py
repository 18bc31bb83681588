"""Negative, zero, huge and wrong-type lengths, offsets and descriptors."""

import sys
import tempfile

from prelude import PAGE, attempt, mmap, new_file, survived, wrong

file, empty = new_file(1), tempfile.TemporaryFile()
fd = file.fileno()
LENGTHS = [
    -1,
    0,
    1,
    PAGE + 1,
    sys.maxsize,
    sys.maxsize - PAGE,
    1 << 62,
    1 << 63,
    1 << 64,
    -(1 << 63),
    1.5,
    None,
    "1",
]
for length in LENGTHS:
    for number in (fd, empty.fileno(), -1, -2, 9999, 1 << 31, "x", None):
        result = attempt(f"mmap({number}, {length})", lambda: mmap.mmap(number, length))
        if not isinstance(result, Exception) and len(result) > PAGE + 1:
            wrong(f"mmap({number}, {length}) made a map of {len(result)} bytes")
for offset in [
    -1,
    1,
    PAGE,
    PAGE * 2,
    sys.maxsize,
    sys.maxsize - PAGE + 1,
    1 << 62,
    1 << 63,
    1 << 64,
    None,
    "1",
]:
    for length in (0, 1, sys.maxsize):
        attempt(f"offset={offset}", lambda: mmap.mmap(fd, length, offset=offset))
survived()
