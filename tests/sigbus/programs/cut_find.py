"""Searches in a map whose file was truncated to nothing."""

from prelude import cut_map, expect, grow, must_fault, survived

file, m = cut_map()
must_fault("find one", m, lambda: m.find(b"\xff"), 0, 0)
must_fault("find many", m, lambda: m.find(b"\xff\xfe" * 20), 0, 0)
must_fault("find in a part", m, lambda: m.find(b"\xff", 100, 200), 100, 0)
must_fault("find a zero", m, lambda: m.find(b"\0"), 0, 0)
grow(m, file)
expect(m.find(b"\xff") == m.find(b"\0") == -1, "found what is not there")
survived()
