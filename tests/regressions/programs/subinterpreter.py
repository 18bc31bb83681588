"""A subinterpreter imports the module: an exception or a working map."""

import importlib

from prelude import attempt, mmap, notes, skipped, survived

for name in ("_interpreters", "_xxsubinterpreters"):
    try:
        interpreters = importlib.import_module(name)
        break
    except ImportError:
        continue
else:
    skipped("this Python has no module for interpreters")

CODE = f"""
import {mmap.__name__} as mmap
m = mmap.mmap(-1, 4000)
m[:3] = b"abc"
assert m.find(b"c") == 2
m.close()
"""


def run(code):
    interpreter = interpreters.create()
    try:
        return (
            interpreters.exec(interpreter, code)
            if name == "_interpreters"
            else interpreters.run_string(interpreter, code)
        )
    finally:
        interpreters.destroy(interpreter)


for _ in range(3):
    attempt("run", lambda: run(CODE))
m = mmap.mmap(-1, 4000)
m[0] = 1
notes.append("the first interpreter goes on")
survived()
