"""Mode 'w+': zeros in place of a file's bytes, which stay where that fails."""

import errno
import os
import stat
import sys
from collections.abc import Callable
from contextlib import suppress
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from ._open import FileMap, Path


def in_new_file(
    path: "Path", flags: int, size: int, map_file: "Callable[[int], FileMap]"
) -> "FileMap":
    """What ``map_file`` makes of the descriptor of a file of ``size`` zeros.

    It is called twice, first to try it on the old bytes. Where it fails, or the file
    system does, the old bytes are there still; a file that was not there is removed.
    """
    fd, made = old_or_new(path, flags)
    try:
        try:
            try_mapping(fd, size, map_file)
            os.ftruncate(fd, 0)
            os.ftruncate(fd, size)
            return map_file(fd)
        finally:
            os.close(fd)
    except BaseException:
        if made is not None:
            os.unlink(made)
        raise


def old_or_new(path: "Path", flags: int) -> "tuple[int, Path | None]":
    """The descriptor of a file, and its path if it is one that this has made."""
    with suppress(FileNotFoundError):
        return os.open(path, flags), None
    # A link that leads to nothing is no file to remove: what it leads to is made.
    real = os.path.realpath(path)
    with suppress(OSError):
        return os.open(real, flags | os.O_CREAT | os.O_EXCL, 0o666), real
    # Another process was faster; or the error names the path as it was given.
    return os.open(path, flags | os.O_CREAT, 0o666), None


def try_mapping(fd: int, size: int, map_file: "Callable[[int], FileMap]") -> None:
    before = os.fstat(fd)
    if not stat.S_ISREG(before.st_mode):
        raise OSError(errno.EINVAL, "mode 'w+' is for regular files")
    if size > sys.maxsize:
        raise OSError(errno.EFBIG, os.strerror(errno.EFBIG))
    try:
        os.ftruncate(fd, max(size, before.st_size))
        map_file(fd).close()
    except BaseException:
        os.ftruncate(fd, before.st_size)
        raise
