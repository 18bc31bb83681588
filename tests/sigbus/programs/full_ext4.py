"""A hole on a full ext4: it reads as zeros, and a store raises ENOSPC."""

import filesystems
from prelude import PAGE, errno, expect, ironmap, must_fault, os, survived

PAGES = 16
folder = filesystems.loop_ext4(4 << 20)
file = filesystems.hole(folder, PAGES)
os.pwrite(file.fileno(), b"A" * PAGE, 0)
os.fsync(file.fileno())
filler = filesystems.fill(folder)
m = ironmap.mmap(file.fileno(), 0)
size = PAGES * PAGE

expect(m[:] == b"A" * PAGE + bytes(size - PAGE), "a hole is not zeros")
must_fault("item", m, lambda: m.__setitem__(5 * PAGE + 1, 1), 5 * PAGE + 1, size, errno.ENOSPC)
must_fault(
    "slice",
    m,
    lambda: m.__setitem__(slice(2 * PAGE, 3 * PAGE), b"B" * PAGE),
    2 * PAGE,
    size,
    errno.ENOSPC,
)
must_fault("move", m, lambda: m.move(9 * PAGE, 0, PAGE), 9 * PAGE, size, errno.ENOSPC)
m[0] = 0x43
expect(os.pread(file.fileno(), 2, 0) == b"CA", "a store to a page that the file has is lost")
expect(m[1:] == b"A" * (PAGE - 1) + bytes(size - PAGE), "a failed store can be read")
os.remove(filler)
os.sync()
m[5 * PAGE + 1] = 1
expect(os.pread(file.fileno(), 1, 5 * PAGE + 1) == b"\1", "the second store did not reach the file")
survived()
