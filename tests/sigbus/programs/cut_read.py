"""Reads at the position in a map whose file was truncated to nothing."""

from prelude import PAGE, cut_map, grow, must_fault, survived

file, m = cut_map()
m.seek(5)
must_fault("read some", m, lambda: m.read(10), 5, 0)
must_fault("read all", m, lambda: m.read(), 5, 0)
must_fault("read_byte", m, m.read_byte, 5, 0)
must_fault("readline", m, m.readline, 5, 0)
m.seek(PAGE)
must_fault("read on", m, lambda: m.read(10), PAGE, 0)
grow(m, file)
survived()
