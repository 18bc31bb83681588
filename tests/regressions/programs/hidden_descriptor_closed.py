"""os.closerange() closes the map's descriptor."""

import os

from prelude import PAGE, attempt, mmap, new_file, survived

file = new_file(4)
m = mmap.mmap(file.fileno(), 0)
file.close()
os.closerange(3, 256)
for label, action in {
    "size": m.size,
    "shrink": lambda: m.resize(PAGE),
    "grow": lambda: m.resize(9 * PAGE),
    "flush": m.flush,
    "find": lambda: m.find(b"B"),
    "write": lambda: m.write(b"B"),
    "close": m.close,
}.items():
    attempt(label, action)
survived()
