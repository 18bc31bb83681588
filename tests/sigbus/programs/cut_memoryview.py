"""A memoryview of a map whose file was truncated: the access is not in our code."""

from prelude import expect, grow, must_report, new_map, os, survived

file, m = new_map()
view = memoryview(m)
os.ftruncate(file.fileno(), 0)
expect(view[0] == 0, "damage is not read as zero")
expect(bytes(view) == bytes(len(view)), "damage is not read as zeros")
expect(view != b"Z" * len(view), "compared equal")
view[7] = 1
expect(m.faults >= 1, "the fault is not counted")
must_report("next call", lambda: m[0], 0, 0)
view.release()
grow(m, file)
survived()
