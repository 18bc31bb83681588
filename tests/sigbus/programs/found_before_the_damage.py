"""A match before the damage is found, though the search reads ahead."""

from prelude import PAGE, expect, must_fault, new_map, os, survived

for pages in (8, 600, 3000):
    for kept in (PAGE, pages // 2 * PAGE):
        file, m = new_map(pages)
        m[kept - 40 : kept - 38] = b"\xff\xfe"
        os.ftruncate(file.fileno(), kept)
        for label, search in {
            "index": lambda: m.index(b"\xff\xfe"),
            "find_any": lambda: m.find_any([b"absent", b"\xff\xfe"])[0],
            "find_any of ints": lambda: m.find_any([0xFE, 0xFF])[0],
            "first of all": lambda: next(m.find_all(0xFF)),
        }.items():
            expect(search() == kept - 40, f"{label}: {pages} pages, {kept} kept")
            expect(m[0] and m.count(0xFF, 0, kept) == 1, "the next call")
        expect(m.startswith(m[:100]) and m.endswith(m[:0]), "the ends")
        must_fault(
            "a longer one could be first",
            m,
            lambda: m.find_any([b"\xff\xfe", b"x" * 41]),
            kept,
            kept,
        )
        must_fault("count", m, lambda: m.count(b"\xff\xfe"), kept, kept)
        must_fault("endswith", m, lambda: m.endswith(b"x"), len(m) - 1, kept)
survived()
