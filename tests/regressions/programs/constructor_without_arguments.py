"""Maps made in other ways: __new__ alone, __init__ again, __new__ of another class."""

import copy
import pickle

from prelude import PAGE, attempt, mmap, survived, wrong


class Sub(mmap.mmap):
    pass


class Slotted(mmap.mmap):
    __slots__ = ("extra",)


m = mmap.mmap(-1, PAGE)
for label, action in {
    "__new__()": lambda: mmap.mmap.__new__(mmap.mmap),
    "object.__new__": lambda: object.__new__(mmap.mmap),
    "__new__(int)": lambda: mmap.mmap.__new__(int, -1, PAGE),
    "Sub without": lambda: Sub.__new__(Sub),
    "__init__ again": lambda: m.__init__(-1, PAGE),
    "__init__()": lambda: m.__init__(),
    "copy": lambda: copy.copy(m),
    "deepcopy": lambda: copy.deepcopy(m),
    "__reduce__": lambda: m.__reduce__(),
    "__class__ =": lambda: setattr(m, "__class__", Sub),
    "__class__ = slots": lambda: setattr(m, "__class__", Slotted),
    "__setstate__": lambda: m.__setstate__({}),
    "unbound": lambda: mmap.mmap.read(object()),
    "unbound slot": lambda: mmap.mmap.__getitem__(5, 0),
    "class attribute": lambda: setattr(mmap.mmap, "read", None),
    **{f"pickle {n}": lambda n=n: pickle.dumps(m, n) for n in range(pickle.HIGHEST_PROTOCOL + 1)},
}.items():
    attempt(label, action)
if m[:] != bytes(PAGE):
    wrong("garbage")
survived()
