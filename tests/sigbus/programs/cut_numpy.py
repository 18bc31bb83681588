"""A numpy array over a map whose file was truncated to nothing."""

from prelude import expect, grow, must_report, new_map, os, skipped, survived

try:
    import numpy
except ImportError:
    skipped("numpy is not installed")

file, m = new_map()
array = numpy.frombuffer(m, dtype=numpy.uint8)
os.ftruncate(file.fileno(), 0)
expect(int(array.sum()) == 0, "damage is not read as zeros")
must_report("after sum", lambda: m[0], 0, 0)
array[5] = 9
must_report("after a store", lambda: m[0], 0, 0)
del array
grow(m, file)
survived()
