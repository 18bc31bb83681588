"""mlockall with room for one page of zeros, but not for a tail."""

import ctypes
import resource

from prelude import PAGE, ironmap, must_fault, new_file, os, skipped, survived

MCL_FUTURE = 2

libc = ctypes.CDLL(None, use_errno=True)
resource.setrlimit(resource.RLIMIT_MEMLOCK, (8 << 20, 8 << 20))
file = new_file((5 << 20) // PAGE)
if os.geteuid() == 0:
    os.setuid(65534)  # Root may lock as much as there is.
if libc.mlockall(MCL_FUTURE):
    skipped("cannot lock memory")
m = ironmap.mmap(file.fileno(), 0)
file.truncate(0)
must_fault("item", m, lambda: m[PAGE], PAGE, 0)
survived()
