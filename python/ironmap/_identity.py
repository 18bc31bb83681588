"""The identity of a file, to check that a path still leads to it."""

import errno
import os
import sys
from typing import NamedTuple

# Mount, device and inode, as in Identity.
Numbers = tuple[int, int, int]


class Identity(NamedTuple):
    """A file, identified on one machine.

    machine: names the running kernel. The numbers are valid only there: after a restart,
        or on another machine, the same shared file can have other numbers.
    mount: the mount by which the file was opened; 0 if it is not known.
    device, inode: from ``os.stat``.
    """

    machine: str
    mount: int
    device: int
    inode: int

    @classmethod
    def here(cls, numbers: Numbers) -> "Identity":
        return cls(MACHINE, *numbers)

    def check(self, found: "Identity", path: str) -> None:
        """Raise OSError (ESTALE) if ``found`` is another file."""
        if self.is_comparable(found) and self.numbers() != found.numbers():
            numbers = "device {0.device}, inode {0.inode}"
            text = f"expected {numbers.format(self)}, found {numbers.format(found)}"
            raise OSError(errno.ESTALE, f"{os.strerror(errno.ESTALE)}: {text}", path)

    def check_path(self, path: str) -> None:
        """Raise OSError (ESTALE) unless the path leads to this file."""
        # Windows does not replace a mapped file, and may not tell the numbers of an open one.
        if sys.platform == "win32":
            return
        try:
            status = os.stat(path)
        except OSError as error:
            if error.errno not in (errno.ENOENT, errno.ENOTDIR, errno.ELOOP):
                raise
            what = "has no name there now"
        else:
            if (status.st_dev, status.st_ino) == self.numbers():
                return
            what = "was replaced by another: open the path again for that one"
        raise OSError(errno.ESTALE, f"{os.strerror(errno.ESTALE)}: the file {what}", path)

    def is_comparable(self, found: "Identity") -> bool:
        """Return whether different numbers prove a different file.

        Two mounts of one file system have the same device. Mounts with different devices,
        as with overlayfs, can show one file under two numbers.
        """
        if self.machine != found.machine:
            return False
        mounts = (self.mount, found.mount)
        return self.device == found.device or self.mount == found.mount or 0 in mounts

    def numbers(self) -> tuple[int, int]:
        return self.device, self.inode


def name_of_machine() -> str:
    """Return the same name for all processes of one kernel, also in containers."""
    try:
        with open("/proc/sys/kernel/random/boot_id") as file:
            return file.read().strip()
    except OSError:
        import socket

        return socket.gethostname()


MACHINE = name_of_machine()
