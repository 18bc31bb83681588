"""A truncated file grows again: the map shows the new content."""

from prelude import content, cut_map, expect, grow, must_fault, os, survived

file, m = cut_map()
must_fault("while empty", m, lambda: m[0], 0, 0)
grow(m, file)
m[:3] = b"xyz"
expect(os.pread(file.fileno(), 3, 0) == b"xyz", "a store did not reach the file")
for generation in range(2, 50):
    os.ftruncate(file.fileno(), 0)
    must_fault("cut again", m, lambda: m[:], 0, 0)
    grow(m, file, generation)
expect(os.pread(file.fileno(), len(m), 0) == content(len(m), 49), "the file changed")
survived()
