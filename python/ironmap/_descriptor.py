"""Opening files at descriptors above those of standard input, output and error, and what is known
of open files."""

import errno
import os
import stat
import sys
from collections.abc import Callable
from itertools import starmap

from ._identity import Numbers

if sys.platform != "win32":
    import fcntl

if sys.platform == "linux":
    from ._ironmap import _file_status
else:

    def _file_status(_fileno: int, /) -> tuple[int, int, Numbers, str | None] | None:
        return None


Path = str | bytes | os.PathLike[str] | os.PathLike[bytes]

# No translation of line ends on Windows; on Unix no wait for the other end of a pipe.
OPEN_FLAGS: int = getattr(os, "O_BINARY", 0) | getattr(os, "O_NONBLOCK", 0)


def keep(fds: list[int], make: Callable[..., int], *arguments: object) -> int:
    """Make a descriptor with a number above 2, put it into the empty list of the caller, who closes
    it, and return it.

    It is put there in the call that makes it: a signal handler that raises finds it in the list.
    A process that has closed its standard input, output or error would get their numbers, which
    other code reads from and writes to.
    """
    fds.extend(starmap(make, (arguments,)))
    if fds[0] <= 2 and sys.platform != "win32":
        fds.extend(starmap(fcntl.fcntl, [(fds[0], fcntl.F_DUPFD_CLOEXEC, 3)]))
        try:
            os.close(fds[0])
        finally:
            del fds[0]
    return fds[0]


def temporary_path(folder: str) -> str:
    """Return a path in a folder for a file that is removed or renamed soon."""
    return os.path.join(folder, f".ironmap-{os.urandom(8).hex()}")


def close_ignoring_errors(fd: int) -> None:
    """Close a descriptor whose file is mapped, or whose mapping has raised."""
    try:
        os.close(fd)
    except OSError:
        pass


def status_of(fd: int) -> tuple[int, int, Numbers, str | None]:
    """Return an open file's ``st_mode``, its size, its numbers, and its path.

    The path is absolute, without symbolic links. It is None if the system does not tell.
    """
    known = _file_status(fd)
    if known is not None:
        return known
    status = os.fstat(fd)
    return status.st_mode, status.st_size, (0, status.st_dev, status.st_ino), None


def name_file(error: OSError, path: Path) -> None:
    """Add the file name to an error."""
    # A file name would replace the text of an error without a number.
    if error.filename is None and error.errno is not None:
        error.filename = os.fspath(path)


def mappable_size(fd: int, kind: int, size: int) -> int | None:
    """Return how many bytes can be mapped, or None for a character device."""
    if stat.S_ISREG(kind):
        if not size and os.read(fd, 1):
            # The file may have grown since its size was asked for.
            size = os.fstat(fd).st_size
            if not size:
                raise OSError(errno.ENODEV, "cannot map a virtual file (/proc, /sys)")
        return size
    if stat.S_ISBLK(kind):
        return os.lseek(fd, 0, os.SEEK_END)
    if stat.S_ISCHR(kind):
        return None
    code = errno.EISDIR if stat.S_ISDIR(kind) else errno.ENODEV
    raise OSError(code, os.strerror(code))
