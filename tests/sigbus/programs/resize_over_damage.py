"""resize() and close() of a map of a truncated file: the file grows again, and the map shows it."""

from prelude import PAGE, content, cut_map, expect, must_fault, os, survived

for pages in (1, 3, 4, 9):
    file, m = cut_map(keep=PAGE)
    must_fault("behind", m, lambda: m[2 * PAGE], 2 * PAGE, PAGE)
    m.resize(pages * PAGE)
    expect((len(m), m.size()) == (pages * PAGE, pages * PAGE), "wrong lengths")
    expect(m[:] == content(PAGE).ljust(pages * PAGE, b"\0"), "wrong bytes after resize")
    m[:] = content(pages * PAGE, 5)
    expect(
        os.pread(file.fileno(), pages * PAGE, 0) == content(pages * PAGE, 5),
        "stores after resize are lost",
    )
    m.close()
survived()
