"""A store by a memoryview to a hole on a full tmpfs is lost, and the next call reports it."""

import filesystems
from prelude import PAGE, check_error, errno, expect, fault_of, ironmap, os, survived

folder = filesystems.tmpfs(256 * PAGE)
file = filesystems.hole(folder, 16)
filler = filesystems.fill(folder)
m = ironmap.mmap(file.fileno(), 0)
view = memoryview(m)
view[3 * PAGE + 9] = 1
check_error("next call", fault_of("next call", m.flush), 3 * PAGE, 16 * PAGE, errno.ENOSPC)
os.remove(filler)
expect(not any(view), "a store that was reported as lost is there")
view[3 * PAGE + 9] = 1
m.flush()
expect(os.pread(file.fileno(), 1, 3 * PAGE + 9) == b"\1", "the second store did not reach the file")
survived()
