"""A hole on a full tmpfs: even a read through the map needs a page."""

import filesystems
from prelude import PAGE, errno, expect, ironmap, must_fault, os, survived

PAGES = 128
folder = filesystems.tmpfs(256 * PAGE)
file = filesystems.hole(folder, PAGES)
os.pwrite(file.fileno(), b"A" * PAGE, 0)
filler = filesystems.fill(folder)
m = ironmap.mmap(file.fileno(), 0)
size = PAGES * PAGE

must_fault("item", m, lambda: m[7 * PAGE + 5], 7 * PAGE + 5, size, errno.ENOSPC)
must_fault("all", m, lambda: m[:], PAGE, size, errno.ENOSPC)
must_fault("find", m, lambda: m.find(b"\xff"), PAGE, size, errno.ENOSPC)
expect(m[:PAGE] == b"A" * PAGE, "wrong bytes in the page that is there")
os.remove(filler)
expect(m[:] == b"A" * PAGE + bytes(size - PAGE), "wrong bytes when there is space")
survived()
