"""A needle in damaged memory of the map itself is an error, not a needle of zeros."""

from prelude import PAGE, cut_map, must_fault, survived

for pages, length in ((4, 10), (4000, 5 << 20)):
    kept = pages // 2 * PAGE
    file, m = cut_map(pages, keep=kept)
    gone = kept + PAGE
    with memoryview(m) as view, view[gone : gone + length] as needle:
        must_fault("find", m, lambda: m.find(needle, 0, kept), gone, kept)
        must_fault("rfind", m, lambda: m.rfind(needle, 0, kept), gone, kept)
        must_fault("count", m, lambda: m.count(needle, 0, kept), gone, kept)
        must_fault("startswith", m, lambda: m.startswith(needle), gone, kept)
survived()
