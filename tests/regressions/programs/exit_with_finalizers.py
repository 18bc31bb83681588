"""Finalizers, weak references and exit handlers use maps while the interpreter shuts down."""

import subprocess
import sys

from prelude import die_of, mmap, notes, survived, wrong

from hang import HANG

CODE = f"""
import atexit, builtins, sys, weakref
import {mmap.__name__} as mmap
class Late(mmap.mmap):
    def __del__(self):
        for act in (lambda: self[0], self.flush, lambda: self.find(b"x"), self.close):
            try:
                act()
            except Exception:
                pass
a, b = Late(-1, 4000), Late(-1, 4000)
a.friend, b.friend = b, a
builtins.kept = Late(-1, 4000)
sys.kept = memoryview(mmap.mmap(-1, 4000))
weakref.finalize(a, lambda m: m.close(), b)
atexit.register(lambda m: (m.find(b"z"), m.close()), mmap.mmap(-1, 1 << 25))
iterator = iter(mmap.mmap(-1, 4000))
next(iterator)
"""
for _ in range(5):
    ended = subprocess.run([sys.executable, "-c", CODE], timeout=HANG / 2, capture_output=True)
    if ended.returncode < 0:
        die_of(-ended.returncode)
    if ended.returncode or b"rror" in ended.stderr:
        wrong(ended.stderr.decode()[-400:])
notes.append("5 clean exits")
survived()
