"""An audit hook raises, collects garbage and looks at half-made objects."""

import gc
import os
import sys

from prelude import PAGE, attempt, mmap, new_file, notes, open_descriptors, survived, wrong

file = new_file(4)
mood = "look"


def hook(event, arguments):
    if event != "mmap.__new__":
        return
    if mood == "raise":
        raise RuntimeError("not allowed")
    gc.collect()
    for thing in gc.get_objects():
        if type(thing) is mmap.mmap:
            repr(thing)
            attempt("len of a half-made map", lambda: len(thing))
    if mood == "close":
        os.close(file.fileno())


sys.addaudithook(hook)
before = open_descriptors()
attempt("looked at", lambda: mmap.mmap(file.fileno(), 0)[:1], lambda data: data == b"A")
mood = "raise"
for _ in range(100):
    attempt("refused", lambda: mmap.mmap(file.fileno(), 0))
gc.collect()
if open_descriptors() > before:
    wrong("a refused map left a descriptor behind")
mood = "close"
attempt("closed meanwhile", lambda: mmap.mmap(file.fileno(), PAGE))
notes[:] = notes[-3:]
survived()
