"""MADV_REMOVE punches a hole: zeros there, and unchanged bytes around it."""

import os

from prelude import PAGE, attempt, mmap, survived, wrong

fd = os.memfd_create("holes")
os.ftruncate(fd, 4 * PAGE)
m = mmap.mmap(fd, 4 * PAGE)
m[:] = b"A" * (4 * PAGE)
result = attempt("MADV_REMOVE", lambda: m.madvise(mmap.MADV_REMOVE, PAGE, PAGE))
middle = b"A" if isinstance(result, Exception) else b"\0"
if m[:] != b"A" * PAGE + middle * PAGE + b"A" * (2 * PAGE):
    wrong("wrong bytes after MADV_REMOVE")
survived()
