"""An ext4 is shut down, as an administrator or an error does: the file can be read, every
change is an error, and the process survives."""

import fcntl
import struct

import filesystems
from prelude import (
    PAGE,
    content,
    errno,
    expect,
    fault_of,
    ironmap,
    must_fault,
    os,
    skipped,
    survived,
)

PAGES = 64
SIZE = PAGES * PAGE
EXT4_IOC_SHUTDOWN = 0x8004587D  # _IOR('X', 125, __u32), with 0: write all data.

folder = filesystems.loop_ext4(8 << 20)
path = os.path.join(folder, "file")
with open(path, "wb") as file:
    file.write(content(SIZE))
    file.flush()
    os.fsync(file.fileno())
fd = os.open(path, os.O_RDWR)
os.posix_fadvise(fd, 0, 0, os.POSIX_FADV_DONTNEED)
m = ironmap.mmap(fd, 0)
m.madvise(ironmap.MADV_RANDOM)  # No page is read before it is asked for.
expect(m[:5] == content(5), "the first page")
try:
    fcntl.ioctl(fd, EXT4_IOC_SHUTDOWN, struct.pack("=I", 0))
except OSError as error:
    skipped(f"this system shuts no file system down: {error}")

expect(m[:] == content(SIZE), "the map")
must_fault("item", m, lambda: m.__setitem__(20 * PAGE + 1, 1), 20 * PAGE + 1, SIZE)
must_fault("slice", m, lambda: m.__setitem__(slice(PAGE, 2 * PAGE), bytes(PAGE)), PAGE, SIZE)
for name, action in {
    "resize": lambda: m.resize(SIZE + PAGE),
    "open": lambda: ironmap.open(os.path.join(folder, "new"), "w+", length=PAGE),
}.items():
    try:
        action()
    except OSError as error:
        expect(error.errno in (errno.EIO, errno.EROFS), f"{name} raised {error!r}")
    else:
        expect(False, f"{name} succeeded")
expect(len(m) == SIZE, "a failed resize has changed the map")
# The file system makes no mappings now, so the pages between the two faults cannot be restored.
rest = slice(21 * PAGE, SIZE)
expect(m[rest] == content(SIZE)[rest], "the pages behind the damage")
fault_of("damage that stays", lambda: m[PAGE])
m.close()
survived()
