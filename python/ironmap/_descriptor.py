"""Opening files at descriptors above those of standard input, output and error, and what is known
of open files."""

import errno
import os
import stat
import sys

Path = str | bytes | os.PathLike[str] | os.PathLike[bytes]


def open_descriptor(path: Path, flags: int, mode: int = 0o666) -> int:
    """Do ``os.open``, with a number above 2.

    A process that has closed its standard input, output or error would get their numbers,
    which other code reads from and writes to.
    """
    fd = os.open(path, flags, mode)
    if sys.platform == "win32" or fd > 2:
        return fd
    import fcntl

    try:
        return fcntl.fcntl(fd, fcntl.F_DUPFD_CLOEXEC, 3)
    finally:
        os.close(fd)


def real_path(fd: int, path: str) -> str:
    """Return the absolute path of an open file, without symbolic links."""
    if sys.platform == "linux":
        # One call of the kernel instead of one for each folder.
        try:
            known = os.readlink(f"/proc/self/fd/{fd}")
        except OSError:
            known = ""
        if known.startswith("/") and not known.endswith(" (deleted)"):
            return known
    return os.path.realpath(path)


def name_file(error: OSError, path: Path) -> None:
    """Add the file name to an error."""
    # A file name would replace the text of an error without a number.
    if error.filename is None and error.errno is not None:
        error.filename = os.fspath(path)


def size_of(fd: int, status: os.stat_result) -> int | None:
    """Return how many bytes can be mapped, or None for a character device."""
    kind = status.st_mode
    if stat.S_ISREG(kind):
        if not status.st_size and os.read(fd, 1):
            raise OSError(errno.ENODEV, "cannot map a virtual file (/proc, /sys)")
        return status.st_size
    if stat.S_ISBLK(kind):
        return os.lseek(fd, 0, os.SEEK_END)
    if stat.S_ISCHR(kind):
        return None
    code = errno.EISDIR if stat.S_ISDIR(kind) else errno.ENODEV
    raise OSError(code, os.strerror(code))
