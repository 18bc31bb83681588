"""A store over several pages, of which one in the middle has no space, changes none of them."""

import filesystems
from prelude import PAGE, content, errno, expect, ironmap, must_fault, os, survived

PAGES = 8
folder = filesystems.tmpfs(256 * PAGE)
filler = filesystems.fill(folder, leave=6 * PAGE)
file = filesystems.hole(folder, PAGES)
size = PAGES * PAGE
for page in (0, 1, 2, 3, 6, 7):
    os.pwrite(file.fileno(), b"A" * PAGE, page * PAGE)
m = ironmap.mmap(file.fileno(), 0)
before = os.pread(file.fileno(), size, 0)
every_second = slice(10, None, 2 * PAGE)
for label, store in {
    "slice": lambda: m.__setitem__(slice(10, None), content(size)[10:]),
    "strided": lambda: m.__setitem__(every_second, bytes(range(1, 1 + PAGES // 2))),
    "backwards": lambda: m.__setitem__(slice(None, 9, -1), content(size)[10:]),
    "move": lambda: m.move(PAGE, 0, 4 * PAGE),
}.items():
    must_fault(label, m, store, 4 * PAGE, size, errno.ENOSPC)
    expect(os.pread(file.fileno(), size, 0) == before, f"{label}: the file changed")
m.seek(10)
must_fault("write", m, lambda: m.write(content(size)[10:]), 4 * PAGE, size, errno.ENOSPC)
expect(os.pread(file.fileno(), size, 0) == before, "write: the file changed")
os.remove(filler)
survived()
