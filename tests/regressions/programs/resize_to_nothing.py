"""m.resize(0) must not empty the file."""

import os

from prelude import PAGE, attempt, mmap, new_file, notes, survived, wrong

file = new_file(2)
m = mmap.mmap(file.fileno(), 0)
result = attempt("resize(0)", lambda: m.resize(0))
size = os.fstat(file.fileno()).st_size
notes.append(f"the file has {size} bytes")
if isinstance(result, Exception) and size != 2 * PAGE:
    wrong(f"resize(0) raised {result!r}, but the file was cut to {size} bytes")
survived()
