"""The file system of a path."""

from pathlib import Path


def is_in_memory_alone(path):
    """Returns whether a file's system has no disk; false where it cannot be known."""
    try:
        mounts = [line.split() for line in Path("/proc/self/mounts").read_text().splitlines()]
    except OSError:
        return False
    above = [mount for mount in mounts if Path(path).is_relative_to(mount[1])]
    # In a chroot its own file system can be missing.
    innermost = max(above, key=lambda mount: len(mount[1]), default=["", "", "unknown"])
    return innermost[2] in ("tmpfs", "ramfs")
