"""A store to a hole on a full tmpfs raises ENOSPC and stores nothing."""

import filesystems
from prelude import PAGE, content, errno, expect, fault_of, ironmap, must_fault, notes, os, survived

PAGES = 128
folder = filesystems.tmpfs(256 * PAGE)
filler = filesystems.fill(folder, leave=2 * PAGE)
file = filesystems.hole(folder, PAGES)
m = ironmap.mmap(file.fileno(), 0)
size, new = PAGES * PAGE, content(PAGES * PAGE)

error = fault_of("set slice", lambda: m.__setitem__(slice(None), new))
expect((error.errno, error.file_size) == (errno.ENOSPC, size), f"{error!r}")
expect(0 <= error.offset < size, f"offset {error.offset}")
notes.append(f"first page without space: {error.offset // PAGE}")
expect(os.pread(file.fileno(), size, 0) == bytes(size), "a store that failed is in the file")

gone = error.offset // PAGE
must_fault(
    "item", m, lambda: m.__setitem__(gone * PAGE + 5, 1), gone * PAGE + 5, size, errno.ENOSPC
)
os.remove(filler)
m[:] = new
expect(m[:] == os.pread(file.fileno(), size, 0) == new, "the second store did not reach the file")
survived()
