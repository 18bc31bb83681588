"""A resize beyond RLIMIT_FSIZE, which the kernel refuses."""

import os
import resource
import signal

from prelude import PAGE, mmap, must_raise, new_file, survived, wrong

signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
file = new_file(2)
m = mmap.mmap(file.fileno(), 0)
resource.setrlimit(resource.RLIMIT_FSIZE, (4 * PAGE, 4 * PAGE))
must_raise("resize", OSError, lambda: m.resize(64 * PAGE))
if (len(m), os.fstat(file.fileno()).st_size) != (2 * PAGE, 2 * PAGE):
    wrong("a refused resize changed something")
if m[:] != b"A" * (2 * PAGE):
    wrong("a refused resize changed the bytes")
m.resize(3 * PAGE)
if m[:] != b"A" * (2 * PAGE) + bytes(PAGE):
    wrong("the next resize went wrong")
survived()
