"""Several holes of a private map on a full tmpfs: no wrong byte, no private change lost."""

import filesystems
from prelude import PAGE, check_error, errno, expect, fault_of, ironmap, os, survived

PAGES = 12
folder = filesystems.tmpfs(256 * PAGE)
file = filesystems.hole(folder, PAGES)
os.pwrite(file.fileno(), b"A" * PAGE, 0)
os.pwrite(file.fileno(), b"D" * PAGE, 4 * PAGE)
os.pwrite(file.fileno(), b"Z" * PAGE, 9 * PAGE)
filler = filesystems.fill(folder)
m = ironmap.mmap(file.fileno(), 0, access=ironmap.ACCESS_COPY)
size = PAGES * PAGE
for page in (0, 4, 9):
    m[page * PAGE] = 5

view = memoryview(m)
expect((view[2 * PAGE], view[6 * PAGE]) == (0, 0), "damage is not read as zeros")
check_error("next call", fault_of("next call", lambda: m[0]), 2 * PAGE, size, errno.ENOSPC)
os.remove(filler)
right = {0: b"\5" + b"A" * (PAGE - 1), 4: b"\5" + b"D" * (PAGE - 1), 9: b"\5" + b"Z" * (PAGE - 1)}
for page in range(PAGES):
    try:
        shown = m[page * PAGE : (page + 1) * PAGE]
    except ironmap.FaultError:
        expect(2 <= page <= 6, f"page {page} is damaged though nothing was there")
        continue
    expect(shown == right.get(page, bytes(PAGE)), f"wrong bytes in page {page}")
survived()
