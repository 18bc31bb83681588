"""A line of several MiB that ends just before the damage is read, and nothing is reported."""

from prelude import PAGE, expect, new_map, os, survived

MIB = 1 << 20
for length in (3 * MIB, 5 * MIB):
    for before in (0, 1, 20, 40, 100):
        file, m = new_map(8 * MIB // PAGE)
        end = length - before
        os.ftruncate(file.fileno(), length)
        m[:length] = b"x" * (end - 1) + b"\n" + b"y" * before
        for _ in range(2):
            m.seek(0)
            expect(m.readline() == b"x" * (end - 1) + b"\n", f"{length} {before}: wrong line")
            expect(m.tell() == end and m[0] == ord("x"), "wrong position, or byte")
survived()
