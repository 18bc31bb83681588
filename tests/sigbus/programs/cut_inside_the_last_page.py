"""A file truncated inside its last page: zeros there, and no fault."""

from prelude import PAGE, check_intact, cut_map, expect, survived

file, m = cut_map(keep=3 * PAGE + 5)
expect(not any(m[3 * PAGE + 5 :]), "the rest of the last page is not zeros")
check_intact(m, file)
m[4 * PAGE - 1] = 9
expect(m.faults == 0, "a fault was counted")
survived()
