"""A resize of a private map must not cut the file."""

import os

from prelude import PAGE, WINDOWS, attempt, mmap, new_file, notes, survived, wrong

file = new_file(4)
ways = [{"access": mmap.ACCESS_COPY}]
if not WINDOWS:
    ways.append({"flags": mmap.MAP_PRIVATE})
for options in ways:
    m = mmap.mmap(file.fileno(), 0, **options)
    result = attempt("resize", lambda: m.resize(PAGE))
    size = os.fstat(file.fileno()).st_size
    if size != 4 * PAGE:
        wrong(f"resize of a private map cut the file to {size} bytes")
notes.append("the file kept its size")
survived()
