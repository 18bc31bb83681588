"""Writes at the position in a map whose file was truncated to nothing."""

from prelude import cut_map, expect, grow, must_fault, os, survived

file, m = cut_map()
m.seek(3)
must_fault("write", m, lambda: m.write(b"hello"), 3, 0)
must_fault("write_byte", m, lambda: m.write_byte(7), 3, 0)
expect(os.fstat(file.fileno()).st_size == 0, "the write made the file longer")
grow(m, file)
m.write(b"hello")
expect(os.pread(file.fileno(), 5, 3) == b"hello", "the second write did not reach the file")
survived()
