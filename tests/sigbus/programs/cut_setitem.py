"""A store to a map whose file was truncated to nothing."""

from prelude import cut_map, expect, grow, must_fault, os, survived

file, m = cut_map()
must_fault("store", m, lambda: m.__setitem__(0, 1), 0, 0)
expect(os.fstat(file.fileno()).st_size == 0, "the store made the file longer")
grow(m, file)
m[0] = 1
expect(os.pread(file.fileno(), 1, 0) == b"\1", "the second store did not reach the file")
survived()
