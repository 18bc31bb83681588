"""Too little memory: a control group with little more than the memory that is not of files.

So the pages of files are dropped and read again. Needs Linux and root.
"""

from __future__ import annotations

import contextlib
import os
from collections.abc import Iterator
from pathlib import Path

ROOT = Path("/sys/fs/cgroup")
# Bytes for pages of files, in addition to a tenth of the rest.
SLACK = 48 << 20


class Unavailable(Exception):
    """There is no such group here, for this reason."""


class Pressure:
    """A control group of version 2 or 1."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.is_new = (folder / "memory.max").exists()
        self.limit = folder / ("memory.max" if self.is_new else "memory.limit_in_bytes")
        self.kept = ["anon", "shmem", "kernel"] if self.is_new else ["rss", "shmem"]

    def take(self, process: int) -> None:
        (self.folder / "cgroup.procs").write_text(str(process))

    def squeeze(self) -> None:
        """Sets the limit to little more than the memory that is not of files."""
        figures = read_figures(self.folder / "memory.stat")
        kept = sum(figures.get(name, 0) for name in self.kept)
        # Refused if the group cannot shrink so far at once.
        with contextlib.suppress(OSError):
            self.limit.write_text(str(kept + kept // 10 + SLACK))

    def hits(self) -> int:
        """Returns how often the limit was met."""
        if self.is_new:
            return read_figures(self.folder / "memory.events")["max"]
        return int((self.folder / "memory.failcnt").read_text())

    def kills(self) -> int:
        """Returns how many processes the system has killed, because the limit fell too fast."""
        name = "memory.events" if self.is_new else "memory.oom_control"
        return read_figures(self.folder / name).get("oom_kill", 0)


def read_figures(path: Path) -> dict[str, int]:
    return {name: int(figure) for name, figure in map(str.split, path.read_text().splitlines())}


@contextlib.contextmanager
def pressure() -> Iterator[Pressure]:
    """Makes a control group, and removes it at the end."""
    controllers = ROOT / "cgroup.controllers"
    has_new = controllers.exists() and "memory" in controllers.read_text().split()
    folder = (ROOT if has_new else ROOT / "memory") / f"ironmap-soak-{os.getpid()}"
    try:
        if not has_new and not (ROOT / "memory" / "memory.stat").exists():
            raise Unavailable("this system has no control group for memory")
        folder.mkdir()
    except OSError as error:
        raise Unavailable(f"no control group for memory: {error}") from error
    try:
        group = Pressure(folder)
        if not group.limit.exists():
            raise Unavailable("control groups have no limit of memory here")
        yield group
    finally:
        folder.rmdir()
