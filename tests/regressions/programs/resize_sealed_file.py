"""A sealed memory file neither grows nor shrinks; the map must stay as it is."""

import fcntl
import os

from prelude import PAGE, mmap, must_raise, survived, wrong

fd = os.memfd_create("sealed", os.MFD_ALLOW_SEALING)
os.write(fd, b"A" * (4 * PAGE))
m = mmap.mmap(fd, 0)
fcntl.fcntl(fd, fcntl.F_ADD_SEALS, fcntl.F_SEAL_GROW | fcntl.F_SEAL_SHRINK)
for pages in (1, 8):
    must_raise(f"resize to {pages} pages", OSError, lambda: m.resize(pages * PAGE))
    if (len(m), m[:]) != (4 * PAGE, b"A" * (4 * PAGE)):
        wrong("a refused resize changed something")
m[-1] = 66
m.flush()
survived()
