"""One byte of a map whose file was truncated to nothing."""

from prelude import check_intact, cut_map, grow, must_fault, survived

file, m = cut_map()
must_fault("first", m, lambda: m[0], 0, 0)
must_fault("last", m, lambda: m[-1], len(m) - 1, 0)
check_intact(m, file)
grow(m, file)
m.close()
survived()
