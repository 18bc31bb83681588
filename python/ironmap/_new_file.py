"""Mode 'w+': replacing a file by zeros. On an error the old bytes stay.

DESIGN.md, "A file is replaced last", has the argument for each step.
"""

import errno
import os
import stat
import sys
from collections.abc import Callable
from contextlib import suppress
from typing import Generic, NamedTuple, TypeVar

from ironmap import mmap

from ._descriptor import OPEN_FLAGS, Path, keep, temporary_path
from ._ironmap import _reserve_space

M = TypeVar("M", bound=mmap)

FLAGS = os.O_RDWR | OPEN_FLAGS


class NewFile(NamedTuple, Generic[M]):
    """The file to create or to replace."""

    path: Path
    size: int
    # True if disk space must be reserved.
    reserve: bool
    # Returns True if the pages are made at once: then space is reserved where possible.
    touched: Callable[[], bool]
    # Maps the file, which may still be too short, and gives all other advice.
    map_file: Callable[[int], M]


def in_new_file(new: NewFile[M]) -> M:
    """Replace the file by zeros once nothing else can fail, and return its map."""
    try_in_another_file(new)
    fds: list[int] = []
    try:
        # With O_CREAT the system protects other users' files in shared folders.
        return replace(keep(fds, os.open, new.path, FLAGS | os.O_CREAT, 0o666), new)
    finally:
        # Needs no memory and ignores errors: the file is mapped or replaced.
        try:
            if fds:
                os.close(fds[0])
        except OSError:
            pass


def try_in_another_file(new: NewFile[M]) -> None:
    """If the file does not exist, try everything on a temporary file.

    So a failure leaves no file at the path: removing one there could remove another's. Where
    there are no files without a name, it has a random one, which is new (O_EXCL); a process that
    is killed leaves it.
    """
    try:
        os.stat(new.path)
    except FileNotFoundError:
        folder = os.path.dirname(os.path.realpath(os.fsdecode(new.path)))
    except OSError:
        return
    else:
        return
    fds: list[int] = []
    path, has_name = temporary_path(folder), False
    try:
        try:
            has_name = not has_unnamed_files(fds, folder)
            if has_name:
                keep(fds, os.open, path, FLAGS | os.O_CREAT | os.O_EXCL, 0o600)
        except OSError:
            if fds:
                raise
            # Opening the file itself says why.
            return
        replace(fds[0], new).close()
    finally:
        # Needs no memory and ignores errors: the file is mapped or replaced.
        try:
            if fds:
                os.close(fds[0])
        except OSError:
            pass
        finally:
            if has_name:
                try:
                    os.unlink(path)
                except OSError:
                    pass


# The errors of a folder whose file system has no files without a name.
NO_UNNAMED_FILES = (errno.EOPNOTSUPP, errno.EISDIR, errno.EINVAL, errno.ENOENT)


def has_unnamed_files(fds: list[int], folder: str) -> bool:
    """Open a new file without a name, and return whether the folder can have one."""
    if not hasattr(os, "O_TMPFILE"):
        return False
    try:
        keep(fds, os.open, folder, FLAGS | os.O_TMPFILE | os.O_EXCL, 0o600)
    except OSError as error:
        if fds or error.errno not in NO_UNNAMED_FILES:
            raise
        return False
    return True


def require_regular(fd: int) -> None:
    if not stat.S_ISREG(os.fstat(fd).st_mode):
        raise OSError(errno.EINVAL, "mode 'w+' is for regular files")


def require_possible_size(fd: int, size: int) -> None:
    """Raise EFBIG past the file system's limit, which mapping would report as ENOMEM."""
    try:
        os.lseek(fd, size, os.SEEK_SET)
        os.lseek(fd, 0, os.SEEK_SET)
    except (OSError, OverflowError):
        raise OSError(errno.EFBIG, os.strerror(errno.EFBIG)) from None


def has_space(fd: int, new: NewFile[M]) -> bool:
    """Reserve the space. Return False if the file system cannot and it is optional."""
    try:
        _reserve_space(fd, 0, new.size)
    except OSError as error:
        # No errno: this system has no such call.
        if new.reserve or error.errno not in (errno.EOPNOTSUPP, errno.ENOSYS, None):
            raise
        return False
    return True


if sys.platform == "win32":

    def replace(fd: int, new: NewFile[M]) -> M:
        """Map twice, first the old bytes as a trial: a mapped file cannot be truncated."""
        require_regular(fd)
        new.touched()
        if new.reserve:
            _reserve_space(fd, 0, new.size)
        if new.size > sys.maxsize:
            raise OSError(errno.EFBIG, os.strerror(errno.EFBIG))
        before = os.fstat(fd).st_size
        longest = max(new.size, before)
        try:
            os.ftruncate(fd, longest)
            new.map_file(fd).close()
            # Refused if the file has another map.
            os.ftruncate(fd, 0)
        except BaseException:
            # Otherwise other code has appended to it.
            if os.fstat(fd).st_size == longest:
                with suppress(OSError):
                    os.ftruncate(fd, before)
            raise
        os.ftruncate(fd, new.size)
        return new.map_file(fd)

else:
    from ._ironmap import _overwrite_with_zeros, _replace_with_zeros

    def replace(fd: int, new: NewFile[M]) -> M:
        require_regular(fd)
        require_possible_size(fd, new.size)
        # Called in any case, because it can fail.
        touched = new.touched()
        keeps_space = (new.reserve or touched) and has_space(fd, new)
        opened = new.map_file(fd)
        try:
            sys.audit("os.truncate", fd, new.size)
            if keeps_space:
                _overwrite_with_zeros(fd, new.size)
            else:
                _replace_with_zeros(fd, new.size)
        except BaseException:
            opened.close()
            raise
        return opened
