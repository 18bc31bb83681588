"""Private changes in the remaining part of the file survive faults after it."""

from prelude import PAGE, expect, ironmap, must_fault, new_map, os, survived

file, m = new_map(pages=8, access=ironmap.ACCESS_COPY)
m[:PAGE] = b"P" * PAGE
m[3 * PAGE - 1 : 3 * PAGE + 1] = b"pq"
own = m[: 4 * PAGE]
os.ftruncate(file.fileno(), 4 * PAGE)
must_fault("behind", m, lambda: m[6 * PAGE], 6 * PAGE, 4 * PAGE)
must_fault("store behind", m, lambda: m.__setitem__(5 * PAGE, 1), 5 * PAGE, 4 * PAGE)
must_fault("across", m, lambda: m[PAGE:], 4 * PAGE, 4 * PAGE)
expect(m[: 4 * PAGE] == own, "a fault elsewhere lost private changes")
os.ftruncate(file.fileno(), 8 * PAGE)
expect(m[: 4 * PAGE] == own, "growing the file lost private changes")
expect(m[4 * PAGE :] == bytes(4 * PAGE), "the map does not show the hole")
m[7 * PAGE] = 5
expect(
    (m[7 * PAGE], os.pread(file.fileno(), 1, 7 * PAGE)) == (5, b"\0"),
    "a private store is not private",
)
survived()
