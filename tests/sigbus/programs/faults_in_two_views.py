"""Two maps of one file, one of them read-only, have their own damage."""

from prelude import PAGE, check_intact, expect, grow, ironmap, must_fault, new_file, os, survived

file = new_file()
m = ironmap.mmap(file.fileno(), 0)
reader = ironmap.mmap(file.fileno(), 0, access=ironmap.ACCESS_READ)
os.ftruncate(file.fileno(), PAGE)
must_fault("reader", reader, lambda: reader[2 * PAGE :], 2 * PAGE, PAGE)
expect((m.faults, reader.faults) == (0, 1), "a fault was counted in the wrong map")
check_intact(m, file)
must_fault("other map", m, lambda: m[3 * PAGE], 3 * PAGE, PAGE)
grow(m, file)
expect(reader[:] == m[:], "the two maps differ")
survived()
