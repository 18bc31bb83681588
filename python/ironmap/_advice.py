"""Advice to the system about a whole map: madvise, by number or by name."""

import sys
from collections.abc import Iterable
from contextlib import suppress

import ironmap
from ironmap import mmap

# One or several MADV_*, or their names.
Advice = int | str | Iterable[int | str]

# Advice that makes or removes pages: it must wait until the file is replaced.
TOUCHING = [
    getattr(ironmap, name)
    for name in ("MADV_POPULATE_READ", "MADV_POPULATE_WRITE", "MADV_COLLAPSE", "MADV_REMOVE")
    if hasattr(ironmap, name)
]


def advice_numbers(advise: Advice) -> list[int]:
    """Return the numbers of advice, some of which may be given by name."""
    if isinstance(advise, int | str):
        advise = [advise]
    return [advice_number(given) if isinstance(given, str) else given for given in advise]


def advice_number(name: str) -> int:
    if sys.platform == "win32":
        raise NotImplementedError("Windows has no madvise")
    names = {each[5:].lower(): each for each in dir(ironmap) if each.startswith("MADV_")}
    if name not in names:
        raise ValueError(f"unknown advice {name!r}: must be one of {', '.join(names)}")
    return int(getattr(ironmap, names[name]))


def ask_for_huge_pages(opened: mmap) -> None:
    if sys.platform == "linux":
        from ironmap import MADV_HUGEPAGE

        with suppress(OSError):
            opened.madvise(MADV_HUGEPAGE)


def give_advice(opened: mmap, advice: Iterable[int]) -> None:
    for number in advice:
        if sys.platform == "win32":
            raise NotImplementedError("Windows has no madvise")
        opened.madvise(number)
