"""The interpreter exits with live views, a busy thread and a map of a truncated file.

Windows refuses to truncate it.
"""

import subprocess
import sys

from prelude import WINDOWS, die_of, mmap, notes, survived, wrong

from hang import HANG

CODE = f"""
import contextlib, os, tempfile, threading
import {mmap.__name__} as mmap
file = tempfile.TemporaryFile()
file.write(b"A" * 8000)
file.flush()
m = mmap.mmap(file.fileno(), 0)
view = memoryview(m)
other = mmap.mmap(-1, 1 << 24)
with contextlib.suppress({"OSError" if WINDOWS else ""}):
    os.ftruncate(file.fileno(), 0)
def work():
    while True:
        other.find(b"zz")
threading.Thread(target=work, daemon=True).start()
"""
for _ in range(5):
    ended = subprocess.run([sys.executable, "-c", CODE], timeout=HANG / 2, capture_output=True)
    if ended.returncode < 0:
        die_of(-ended.returncode)
    if ended.returncode:
        wrong(ended.stderr.decode()[-200:])
notes.append("5 clean exits")
survived()
