"""A match before the damage is found, and damage that the search read ahead is not reported."""

from prelude import PAGE, expect, must_fault, new_map, os, survived


def check(m, label, search, right):
    expect(search() == right, f"{label}: not found before the damage")
    try:
        m[0]
    except OSError as error:
        expect(False, f"{label}: the next call, which touches no damage, raised {error}")


for pages in (8, 600, 6000):
    for keep in (PAGE, pages // 2 * PAGE, pages // 2 * PAGE + 100):
        file, m = new_map(pages)
        for needle in (b"\xff", b"\xff\xfe", b"\xff" * 70):
            place = keep - len(needle)
            label = f"{len(needle)} bytes, {keep} kept of {pages} pages"
            m[place:keep] = needle
            os.ftruncate(file.fileno(), keep)
            check(m, f"find {label}", lambda: m.find(needle, 0), place)
            check(m, f"rfind {label}", lambda: m.rfind(needle, 0, keep), place)
            os.ftruncate(file.fileno(), pages * PAGE)

file, m = new_map()
m[PAGE - 1 : PAGE] = b"\xff"
os.ftruncate(file.fileno(), PAGE)
must_fault("across the edge", m, lambda: m.find(b"\xff\0", 0), PAGE, PAGE)
survived()
