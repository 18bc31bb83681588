"""Iterators yield the matches and lines before the damage, then raise; later calls do not."""

from prelude import PAGE, check_error, content, expect, fault_of, new_map, os, survived

PAGES = 400
for kept in (1, 7, 200, 399):
    file, m = new_map(PAGES)
    places = [3, 5 * PAGE - 1, 100 * PAGE + 5, kept * PAGE - 2, (PAGES - 1) * PAGE]
    for place in places:
        m[place : place + 2] = b"\xff\n"
    os.ftruncate(file.fileno(), kept * PAGE)
    there = sorted(place for place in places if place < kept * PAGE)

    for iterator, expected in [
        (m.find_all(b"\xff"), there),
        (m.find_all(b"\xff\n", overlapping=True), there),
        (
            m.lines(),
            [(before + 2, place + 2) for before, place in zip([-2, *there], there, strict=False)],
        ),
    ]:
        for number, right in enumerate(expected):
            found = next(iterator)
            if isinstance(found, bytes):
                start, end = right
                right = content(len(m))[start : end - 2] + b"\xff\n"
            expect(found == right, f"{kept} kept, number {number}: {found!r:.80}")
            expect(m[0] == content(1)[0], "the next call is told of damage that nobody touched")
        for again in range(2):
            label = f"{kept} kept, after {len(expected)}, {again}"
            error = fault_of(label, lambda: next(iterator))
            check_error(label, error, kept * PAGE, kept * PAGE)
    os.ftruncate(file.fileno(), PAGES * PAGE)
    expect(
        next(iterator).endswith(b"\0"), "the file is long again, and the iterator does not go on"
    )
survived()
