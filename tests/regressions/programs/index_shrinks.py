"""An argument's __index__ shrinks the map under a call that was in bounds."""

from prelude import PAGE, Index, attempt, mmap, new_map, survived, wrong

FAR = 90 * PAGE
ACTIONS = {
    "m[E]": lambda m, E: m[E(FAR)],
    "m[E] = 1": lambda m, E: m.__setitem__(E(FAR), 1),
    "m[far] = E": lambda m, E: m.__setitem__(FAR, E(0)),
    "m[-1] = E": lambda m, E: m.__setitem__(-1, E(0)),
    "m[E:]": lambda m, E: m[E(FAR) :],
    "m[::E]": lambda m, E: m[:: E(PAGE)],
    "m[E:far] = …": lambda m, E: m.__setitem__(slice(E(FAR), FAR + 10), b"B" * 10),
    "m[far:E] = …": lambda m, E: m.__setitem__(slice(FAR, E(FAR + 10)), b"B" * 10),
    "m[far::E] = …": lambda m, E: m.__setitem__(slice(FAR, FAR + 20, E(2)), b"B" * 10),
    "read": lambda m, E: m.read(E(FAR)),
    "find end": lambda m, E: m.find(b"Z", 0, E(FAR)),
    "find start": lambda m, E: m.find(b"Z", E(80 * PAGE)),
    "rfind end": lambda m, E: m.rfind(b"Z", 0, E(FAR)),
    "move count": lambda m, E: m.move(80 * PAGE, FAR, E(PAGE)),
    "move dest": lambda m, E: m.move(E(80 * PAGE), FAR, PAGE),
    "move src": lambda m, E: m.move(80 * PAGE, E(FAR), PAGE),
    "seek": lambda m, E: m.seek(E(FAR)),
    "flush": lambda m, E: m.flush(FAR, E(PAGE)),
    "madvise": lambda m, E: m.madvise(mmap.MADV_WILLNEED, FAR, E(PAGE)),
    "write_byte": lambda m, E: (m.seek(FAR), m.write_byte(E(1))),
    "resize": lambda m, E: m.resize(E(50 * PAGE)),
}
for label, action in ACTIONS.items():
    m = new_map(100)
    attempt(label, lambda: action(m, lambda value: Index(value, lambda: m.resize(PAGE))))
    # A negative index counts from the new end.
    end = b"\0" if label == "m[-1] = E" else b"A"
    # Unless the call itself grew the map again, it is one page of the file.
    if m[:PAGE] != b"A" * (PAGE - 1) + end or m.size() != len(m):
        wrong(f"{label} left {len(m)} bytes of {m.size()}, beginning with {m[:9]!r}")
survived()
