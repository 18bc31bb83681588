"""Descriptors of files that are mapped: opened, and closed."""

import contextlib
import os
import sys
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from ._open import Path


def open_descriptor(path: "Path", flags: int) -> int:
    """``os.open``, with a number above 2: not that of standard input, output or error.

    A process that has closed its standard input, output or error gets their numbers, and
    others read from these and write to them.
    """
    fd = os.open(path, flags, 0o666)
    if sys.platform == "win32" or fd > 2:
        return fd
    import fcntl

    try:
        return fcntl.fcntl(fd, fcntl.F_DUPFD_CLOEXEC, 3)
    finally:
        os.close(fd)


def close_descriptor(fd: int) -> None:
    """``os.close``, which closes where it fails, too.

    An error then would hide that the file was mapped, or replaced.
    """
    with contextlib.suppress(OSError):
        os.close(fd)
