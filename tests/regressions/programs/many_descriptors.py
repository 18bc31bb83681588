"""The process has no descriptor left for the map: an exception, and nothing is lost."""

import os
import resource

from prelude import PAGE, attempt, mmap, must_raise, new_file, survived, wrong

file = new_file(2)
whole = mmap.mmap(file.fileno(), 0)
resource.setrlimit(resource.RLIMIT_NOFILE, (64, 64))
taken = []
try:
    while True:
        taken.append(os.dup(file.fileno()))
except OSError:
    pass
must_raise("map", OSError, lambda: mmap.mmap(file.fileno(), 0))
attempt("resize", lambda: whole.resize(3 * PAGE))
attempt("anonymous", lambda: mmap.mmap(-1, PAGE)[0], lambda byte: byte == 0)
if whole[: 2 * PAGE] != b"A" * (2 * PAGE):
    wrong("bytes lost")
os.close(taken.pop())
attempt("map again", lambda: mmap.mmap(file.fileno(), 0)[0], lambda byte: byte == 65)
survived()
