"""Opening files at descriptors above those of standard input, output and error."""

import os
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
