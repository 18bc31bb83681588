"""mlockall makes all zeros resident, so their use cannot be seen, and nothing is reported."""

import ctypes
import gc
import sys

from prelude import PAGE, expect, kept_address, loaded, new_map, skipped, survived

MCL_CURRENT, MCL_FUTURE = 1, 2

libc = ctypes.CDLL(None, use_errno=True)
told = []
sys.unraisablehook = lambda unraisable: told.append(unraisable.exc_value)
for flags in (MCL_FUTURE, MCL_CURRENT):
    file, m = new_map()
    address = kept_address(m)
    if flags == MCL_FUTURE and libc.mlockall(flags):
        skipped("cannot lock memory")
    m.close()
    if flags == MCL_CURRENT and libc.mlockall(flags):
        skipped("cannot lock memory")
    expect(loaded(address, PAGE) == bytes(PAGE), "not zeros")
    del m
    gc.collect()
    expect(told == [], f"told {told} of locked memory")
    libc.munlockall()
survived()
