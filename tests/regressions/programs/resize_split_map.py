"""A map that the kernel has split into several areas, which mremap(2) refuses."""

from prelude import PAGE, attempt, mmap, new_map, survived, wrong

m = new_map(8)
m.madvise(mmap.MADV_DONTDUMP, 2 * PAGE, PAGE)
m[3 * PAGE] = 66
for pages in (16, 3, 5):
    before = m[: min(len(m), pages * PAGE)]
    result = attempt(f"{pages} pages", lambda: m.resize(pages * PAGE))
    # The stdlib module lets the kernel refuse, after it cut the file.
    if not isinstance(result, Exception) and m[: len(before)] != before:
        wrong("resize lost bytes")
    if isinstance(result, Exception) and m.size() < len(m):
        wrong(f"the failed resize cut the file to {m.size()} bytes under a map of {len(m)}")
survived()
