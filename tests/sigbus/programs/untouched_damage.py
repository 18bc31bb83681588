"""Untouched damage is not reported: by calls that touch no memory, and by accesses beside it."""

from prelude import PAGE, check_intact, content, cut_map, expect, survived

file, m = cut_map(pages=8, keep=3 * PAGE)
with m:
    check_intact(m, file)
    view = memoryview(m)
    expect(bytes(view[: 3 * PAGE]) == content(3 * PAGE), "wrong bytes through a view")
    view.release()
    expect(
        (len(m), m.size(), m.tell(), m.closed) == (8 * PAGE, 3 * PAGE, 0, False), "wrong figures"
    )
    m.seek(5 * PAGE)
    m.flush()
    m.flush(0, PAGE)
    m.restore()
    expect(m[5 * PAGE : 5 * PAGE] == b"", "an empty slice is not empty")
    expect(m.faults == 0, "a fault was counted")
m.close()
survived()
