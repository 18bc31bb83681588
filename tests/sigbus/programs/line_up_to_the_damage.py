"""A line that ends before the damage is read, and damage that the search read ahead is not reported."""

from prelude import PAGE, expect, must_fault, new_map, os, survived

for distance in (1, 2, 30, 63, 64, 65, 4000):
    for tail in (b"\n", b"\n\n", b"\nx"):
        file, m = new_map(8)
        os.ftruncate(file.fileno(), 2 * PAGE)
        start = 2 * PAGE - distance - len(tail)
        m[start : 2 * PAGE] = b"y" * distance + tail
        m.seek(start)
        expect(m.readline() == b"y" * distance + b"\n", f"{distance} {tail}: wrong line")
        expect(m.tell() == start + distance + 1, "wrong position")
        expect(m[0] and m.find(b"y", start) == start, "the next call")
        if tail[-1:] == b"x":
            must_fault("the next line", m, m.readline, 2 * PAGE, 2 * PAGE)
survived()
