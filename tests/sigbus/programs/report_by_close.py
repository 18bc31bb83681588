"""close() and the end of a `with` block close the map, then report damage touched by other code."""

from prelude import PAGE, cut_map, expect, must_report, survived


def leave_with(m):
    with m:
        bytes(memoryview(m))


def close(m):
    bytes(memoryview(m))
    m.close()


for label, end in {"close": close, "with": leave_with}.items():
    file, m = cut_map(keep=PAGE)
    must_report(label, lambda: end(m), PAGE, PAGE)
    expect(m.closed, f"{label}: the map is open")
    m.close()
survived()
