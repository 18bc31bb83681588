"""Saving the bytes of a map as a file, which appears whole or not at all."""

import errno
import os
import stat
import sys
from contextlib import suppress
from typing import TYPE_CHECKING

from ._descriptor import Path, keep, temporary_path

if TYPE_CHECKING:
    from ._open import FileMap

STEP = 8 << 20
NEW_FILE = os.O_WRONLY | os.O_CREAT | os.O_EXCL | getattr(os, "O_BINARY", 0)


def save(m: "FileMap", path: Path) -> None:
    target = os.path.realpath(os.fsdecode(path))
    replaced = status_to_replace(target)
    if replaced and sys.platform != "win32":
        check_whole(m, target, replaced)
    folder = os.path.dirname(target)
    # Not made from the target's name, which may be as long as names can be.
    unfinished = temporary_path(folder)
    fds: list[int] = []
    try:
        try:
            # A file that replaces a private one is private from the start.
            fd = keep(fds, os.open, unfinished, NEW_FILE, 0o600 if replaced else 0o666)
            write_all(fd, m)
            if replaced and sys.platform != "win32":
                keep_owner_and_rights(fd, replaced)
            os.fsync(fd)
        finally:
            if fds:
                os.close(fds[0])
        replace(unfinished, target)
    except BaseException as error:
        try:
            if fds:
                os.unlink(unfinished)
        except FileNotFoundError:
            # It has just replaced the other.
            pass
        if not fds and isinstance(error, OSError):
            error.filename = target
        raise
    sync_folder(folder)


def status_to_replace(target: str) -> os.stat_result | None:
    """Return the status of the file to replace, or None if there is none."""
    try:
        status = os.stat(target)
    except FileNotFoundError:
        return None
    if not stat.S_ISREG(status.st_mode):
        code = errno.EISDIR if stat.S_ISDIR(status.st_mode) else errno.EINVAL
        raise OSError(code, f"{os.strerror(code)}: save replaces regular files only", target)
    return status


# Windows replaces no file that is mapped, and may not tell which file it is.
if sys.platform != "win32":

    def check_whole(m: "FileMap", target: str, replaced: os.stat_result) -> None:
        """Raise ValueError if the map would replace its own file and lacks bytes of it."""
        path, _, first, _ = m._opened_as()
        end = first + len(m)
        if (first or end < replaced.st_size) and is_file_at(path, replaced):
            text = f"the map has bytes {first} to {end} of {target!r}, which has {replaced.st_size}"
            advice = "save it to another path, or map the whole file"
            raise ValueError(f"{text} bytes; saved there it would remove the others: {advice}")

    def is_file_at(path: str, status: os.stat_result) -> bool:
        try:
            return os.path.samestat(os.stat(path), status)
        except OSError:
            return False

    def keep_owner_and_rights(fd: int, replaced: os.stat_result) -> None:
        """Give a new file the owner, as far as that is allowed, and the rights of another.

        The set-user-ID and set-group-ID bits, which are for a program that was checked, go.
        """
        with suppress(PermissionError):
            os.fchown(fd, replaced.st_uid, replaced.st_gid)
        os.fchmod(fd, stat.S_IMODE(replaced.st_mode) & 0o777)


def write_all(fd: int, m: "FileMap") -> None:
    """Write the map. Copies of it are written, because damage is an error of the copying."""
    length = left = len(m)
    for at in range(0, length, STEP):
        piece = memoryview(m[at : min(at + STEP, length)])
        left -= len(piece)
        while piece:
            piece = piece[os.write(fd, piece) :]
    if left or len(m) != length:
        raise ValueError(f"the map was resized from {length} to {len(m)} bytes while it was saved")


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
    fds: list[int] = []
    try:
        os.fsync(keep(fds, os.open, folder, os.O_RDONLY | os.O_DIRECTORY))
    except OSError as error:
        # Not every file system syncs folders.
        if error.errno != errno.EINVAL:
            raise
    finally:
        if fds:
            os.close(fds[0])
