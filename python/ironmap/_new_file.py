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

from ._descriptor import OPEN_FLAGS, Path, open_descriptor, temporary_path
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
    # With O_CREAT the system protects other users' files in shared folders.
    fd = open_descriptor(new.path, FLAGS | os.O_CREAT)
    try:
        return replace(fd, new)
    finally:
        # Needs no memory and ignores errors: the file is mapped or replaced.
        try:
            os.close(fd)
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
    try:
        fd, path = open_temporary(folder)
    except OSError:
        # Opening the file itself says why.
        return
    try:
        replace(fd, new).close()
    finally:
        # Needs no memory and ignores errors: the file is mapped or replaced.
        try:
            os.close(fd)
        except OSError:
            pass
        if path is not None:
            try:
                os.unlink(path)
            except OSError:
                pass


def open_temporary(folder: str) -> tuple[int, str | None]:
    """Open a new file without a name, or where there are none, a file to remove by its path."""
    if hasattr(os, "O_TMPFILE"):
        try:
            return open_descriptor(folder, FLAGS | os.O_TMPFILE | os.O_EXCL), None
        except OSError:
            # Not every file system supports such files.
            pass
    path = temporary_path(folder)
    return open_descriptor(path, FLAGS | os.O_CREAT | os.O_EXCL, 0o600), path


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
