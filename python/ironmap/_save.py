"""Saving the bytes of a map as a file, which appears whole or not at all."""

import errno
import os
import stat
import sys

from ironmap import mmap

from ._descriptor import Path, open_descriptor

STEP = 8 << 20
NEW_FILE = os.O_WRONLY | os.O_CREAT | os.O_EXCL | getattr(os, "O_BINARY", 0)


def save(m: mmap, path: Path) -> None:
    target = os.path.realpath(os.fsdecode(path))
    rights = rights_of(target)
    folder = os.path.dirname(target)
    # Not made from the target's name, which may be as long as names can be.
    unfinished = os.path.join(folder, f".ironmap-{os.urandom(8).hex()}")
    fd = open_descriptor(unfinished, NEW_FILE)
    try:
        try:
            write_all(fd, m)
            if rights is not None and sys.platform != "win32":
                os.fchmod(fd, rights)
            os.fsync(fd)
        finally:
            os.close(fd)
        replace(unfinished, target)
    except BaseException:
        os.unlink(unfinished)
        raise
    sync_folder(folder)


def rights_of(target: str) -> int | None:
    """Return the rights of the file to replace, or None if there is none."""
    try:
        mode = os.stat(target).st_mode
    except FileNotFoundError:
        return None
    if not stat.S_ISREG(mode):
        code = errno.EISDIR if stat.S_ISDIR(mode) else errno.EINVAL
        raise OSError(code, f"{os.strerror(code)}: save replaces regular files only", target)
    return stat.S_IMODE(mode)


def write_all(fd: int, m: mmap) -> None:
    """Write the map. Copies of it are written, because damage is an error of the copying."""
    for at in range(0, len(m), STEP):
        piece = memoryview(m[at : at + STEP])
        while piece:
            piece = piece[os.write(fd, piece) :]


def replace(unfinished: str, target: str) -> None:
    try:
        os.replace(unfinished, target)
    except PermissionError as error:
        if sys.platform == "win32":
            error.add_note("Windows replaces no file that is mapped: save under another name.")
        raise


def sync_folder(folder: str) -> None:
    """Make the file's new name last."""
    if sys.platform == "win32":
        return
    fd = open_descriptor(folder, os.O_RDONLY | os.O_DIRECTORY)
    try:
        os.fsync(fd)
    except OSError as error:
        # Not every file system syncs folders.
        if error.errno != errno.EINVAL:
            raise
    finally:
        os.close(fd)
