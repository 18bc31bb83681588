"""Which file it was: so that whoever opens a path again knows."""

import errno
import os
import sys
from dataclasses import dataclass

if sys.platform == "linux":
    from ._ironmap import _mount_of
else:

    def _mount_of(_fileno: int, /) -> int:
        return 0


@dataclass(frozen=True, slots=True)
class Identity:
    """A file, as the machine that saw it knows it.

    machine: names the running kernel. The numbers mean nothing to another:
        not after a restart, and not elsewhere, where the same shared file can
        have other numbers.
    mount: by which mount of its file system the file was found; 0 if that is not known.
    device, inode: as ``os.stat`` gives them.
    """

    machine: str
    mount: int
    device: int
    inode: int

    @classmethod
    def of(cls, fd: int, status: os.stat_result) -> "Identity":
        return cls(MACHINE, _mount_of(fd), status.st_dev, status.st_ino)

    def check(self, found: "Identity", path: str) -> None:
        """Raise OSError (ESTALE) if ``path`` has led to another file."""
        if self.is_comparable(found) and self.numbers() != found.numbers():
            numbers = "device {0.device}, inode {0.inode}"
            text = f"{numbers.format(self)} was meant, and {numbers.format(found)} is there now"
            raise OSError(errno.ESTALE, f"{os.strerror(errno.ESTALE)}: {text}", path)

    def is_comparable(self, found: "Identity") -> bool:
        """Whether other numbers prove another file.

        Two mounts of one file system have the same device. Two of different devices, as
        each mount of overlayfs is, can show one file under two numbers.
        """
        if self.machine != found.machine:
            return False
        mounts = (self.mount, found.mount)
        return self.device == found.device or self.mount == found.mount or 0 in mounts

    def numbers(self) -> tuple[int, int]:
        return self.device, self.inode


def name_of_machine() -> str:
    """The same for all processes under one kernel, containers among them."""
    try:
        with open("/proc/sys/kernel/random/boot_id") as file:
            return file.read().strip()
    except OSError:
        import socket

        return socket.gethostname()


MACHINE = name_of_machine()
