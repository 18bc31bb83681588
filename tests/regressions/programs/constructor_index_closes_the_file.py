"""A conversion closes, cuts or replaces the file before it is mapped."""

import os

from prelude import PAGE, WINDOWS, Index, attempt, mmap, new_file, survived, wrong

# Windows makes the file as long as the map again.
PADDING = b"\0" if WINDOWS else b""


def cut(file):
    os.ftruncate(file.fileno(), 100)


def close(file):
    file.close()


def replace(file):
    os.dup2(new_file(1).fileno(), file.fileno())


for act in (cut, close, replace):
    for label, make in {
        "length": lambda file, E: mmap.mmap(file.fileno(), E(4 * PAGE)),
        "whole": lambda file, E: mmap.mmap(file.fileno(), E(0)),
        "offset": lambda file, E: mmap.mmap(file.fileno(), 0, offset=E(PAGE)),
        "access": lambda file, E: mmap.mmap(file.fileno(), 0, access=E(1)),
    }.items():
        file = new_file(4)
        m = attempt(
            f"{act.__name__} {label}",
            lambda: make(file, lambda value: Index(value, lambda: act(file))),
        )
        if not isinstance(m, Exception) and m[:].rstrip(PADDING).strip(b"A"):
            wrong("garbage")
survived()
