"""A successful search does not acknowledge damage that a view has touched."""

from prelude import PAGE, cut_map, expect, must_report, survived

for options in ({}, {"trackfd": False}):
    for needle in (b"\xff\xfe", b"\xff\xfe" * 30):
        file, m = cut_map(pages=64, keep=2 * PAGE, **options)
        place = 2 * PAGE - len(needle)
        m[place : 2 * PAGE] = needle
        with memoryview(m) as view:
            expect(m.find(needle, 0) == place and m.faults > 0, f"{m.faults} faults of the search")
            expect(view[2 * PAGE] == 0, "damage is not read as zeros")
            must_report("next call", lambda: m[0], 2 * PAGE, None if options else 2 * PAGE)
        if not options:
            m.close()
survived()
