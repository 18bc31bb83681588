"""An argument's __index__ closes the map, for each argument of each method."""

from prelude import PAGE, Index, attempt, mmap, new_map, survived

ACTIONS = {
    "m[E]": lambda m, E: m[E(PAGE)],
    "m[E] = 1": lambda m, E: m.__setitem__(E(1), 1),
    "m[1] = E": lambda m, E: m.__setitem__(1, E(1)),
    "m[E:]": lambda m, E: m[E(1) :],
    "m[:E]": lambda m, E: m[: E(9)],
    "m[::E]": lambda m, E: m[:: E(2)],
    "m[E:9] = …": lambda m, E: m.__setitem__(slice(E(1), 9), b"12345678"),
    "m[1:E] = …": lambda m, E: m.__setitem__(slice(1, E(9)), b"12345678"),
    "m[::E] = …": lambda m, E: m.__setitem__(slice(0, 4, E(2)), b"12"),
    "del m[E]": lambda m, E: m.__delitem__(E(1)),
    "find start": lambda m, E: m.find(b"A", E(1)),
    "find end": lambda m, E: m.find(b"A", 0, E(9)),
    "rfind start": lambda m, E: m.rfind(b"A", E(1)),
    "rfind end": lambda m, E: m.rfind(b"A", 0, E(9)),
    "find view of itself": lambda m, E: m.find(m, E(0)),
    "read": lambda m, E: m.read(E(100)),
    "seek": lambda m, E: m.seek(E(100)),
    "seek whence": lambda m, E: m.seek(0, E(2)),
    "write_byte": lambda m, E: m.write_byte(E(1)),
    "move dest": lambda m, E: m.move(E(0), 1, 2),
    "move src": lambda m, E: m.move(0, E(1), 2),
    "move count": lambda m, E: m.move(0, 1, E(2)),
    "flush offset": lambda m, E: m.flush(E(0), PAGE),
    "flush size": lambda m, E: m.flush(0, E(PAGE)),
    "madvise option": lambda m, E: m.madvise(E(mmap.MADV_NORMAL)),
    "madvise start": lambda m, E: m.madvise(mmap.MADV_NORMAL, E(0)),
    "madvise length": lambda m, E: m.madvise(mmap.MADV_NORMAL, 0, E(PAGE)),
    "resize": lambda m, E: m.resize(E(PAGE)),
}
for label, action in ACTIONS.items():
    m = new_map()
    attempt(label, lambda: action(m, lambda value: Index(value, m.close)))
survived()
