"""Unreported damage goes to sys.unraisablehook when the map is deallocated."""

import gc
import sys

from prelude import PAGE, check_error, cut_map, expect, survived

told = []
sys.unraisablehook = lambda unraisable: told.append(unraisable.exc_value)

file, m = cut_map(keep=PAGE)
bytes(memoryview(m))
del m
gc.collect()
expect(len(told) == 1, f"told {told}")
check_error("freed", told.pop(), PAGE, PAGE)

for reported in (True, False):
    file, m = cut_map(keep=PAGE)
    if reported:
        bytes(memoryview(m))
        try:
            m[0]
        except OSError:
            pass
    del m
    gc.collect()
    expect(told == [], f"reported {told} again, or without a fault")
survived()
