"""RLIMIT_DATA below the use: no writable private memory can be mapped."""

import resource

import limits
from prelude import PAGE, check_intact, cut_map, fault_of, grow, survived

file, m = cut_map(8, keep=PAGE)
view = memoryview(m)
stored = b"x" * 7 * PAGE
with limits.limit_below_use(resource.RLIMIT_DATA):
    fault_of("store", lambda: m.__setitem__(slice(PAGE, 8 * PAGE), stored))
    fault_of("read", lambda: m[5 * PAGE])
    view[3 * PAGE] = 1
    fault_of("after a store by a view", lambda: m[0])
view.release()
check_intact(m, file)
grow(m, file)
survived()
