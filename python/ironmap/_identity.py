"""Which file it was: so that whoever opens a path again knows."""

import errno
import os
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Identity:
    """A file, as the machine that saw it knows it.

    machine: names the running kernel. Device and inode mean nothing to another:
        not after a restart, and not elsewhere, where the same shared file can
        have other numbers.
    device, inode: as ``os.stat`` gives them.
    """

    machine: str
    device: int
    inode: int

    @classmethod
    def of(cls, status: os.stat_result) -> "Identity":
        return cls(MACHINE, status.st_dev, status.st_ino)

    def check(self, found: "Identity", path: str) -> None:
        """Raise OSError (ESTALE) if ``path`` has led to another file."""
        if self.machine == found.machine and self != found:
            numbers = "device {0.device}, inode {0.inode}"
            text = f"{numbers.format(self)} was meant, and {numbers.format(found)} is there now"
            raise OSError(errno.ESTALE, f"{os.strerror(errno.ESTALE)}: {text}", path)


def name_of_machine() -> str:
    """The same for all processes under one kernel, containers among them."""
    try:
        with open("/proc/sys/kernel/random/boot_id") as file:
            return file.read().strip()
    except OSError:
        import socket

        return socket.gethostname()


MACHINE = name_of_machine()
