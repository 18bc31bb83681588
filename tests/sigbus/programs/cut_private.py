"""An ACCESS_COPY map whose file was truncated to nothing."""

from prelude import cut_map, expect, grow, ironmap, must_fault, os, survived

file, m = cut_map(access=ironmap.ACCESS_COPY)
must_fault("read", m, lambda: m[:], 0, 0)
must_fault("store", m, lambda: m.__setitem__(0, 1), 0, 0)
expect(os.fstat(file.fileno()).st_size == 0, "the file is longer")
grow(m, file)
survived()
