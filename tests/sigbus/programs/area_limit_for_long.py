"""At the limit of areas more maps fault than areas are reserved: then all of a map is covered."""

import limits
from prelude import PAGE, check_intact, cut_map, expect, fault_of, grow, notes, survived

maps = [cut_map(8, keep=3 * PAGE) for _ in range(200)]
with limits.no_area_left():
    for file, m in maps:
        fault_of("read", lambda: m[7 * PAGE])
whole = sum(m.faults for _, m in maps)
for file, m in maps:
    try:
        m[0]
    except OSError:
        pass
    check_intact(m, file)
    grow(m, file)
notes.append(f"{whole} faults")
survived()
