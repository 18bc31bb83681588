"""Each touch of damage is reported, and each map reports its own."""

from prelude import PAGE, cut_map, expect, must_report, survived

file, m = cut_map(keep=PAGE)
other_file, other = cut_map(pages=6, keep=2 * PAGE)
for count in range(1, 20):
    bytes(memoryview(m))
    if count % 2:
        bytes(memoryview(other))
        must_report("other", lambda: other[0], 2 * PAGE, 2 * PAGE)
    must_report("map", lambda: m[0], PAGE, PAGE)
    expect((m.tell(), other.tell()) == (0, 0), "wrong positions")
    expect(m.faults == count, f"{m.faults} faults, not {count}")
survived()
