"""A FaultError without references is freed, and so is the map in its traceback."""

import gc

from prelude import cut_map, expect, fault_of, ironmap, survived

file, m = cut_map()
for _ in range(100):
    fault_of("item", lambda: m[0])
left = sum(isinstance(thing, ironmap.FaultError) for thing in gc.get_objects())
expect(left == 0, f"{left} errors are left of 100")
survived()
