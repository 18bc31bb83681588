"""An argument's __index__ grows the map, which can move: the old address must not be used."""

from prelude import PAGE, Index, attempt, mmap, new_map, survived, wrong

ACTIONS = {
    "m[0] = E": lambda m, E: m.__setitem__(0, E(66)),
    "m[E:4] = …": lambda m, E: m.__setitem__(slice(E(0), 4), b"BBBB"),
    "write_byte": lambda m, E: m.write_byte(E(66)),
    "move": lambda m, E: m.move(0, E(100), 4),
    "read": lambda m, E: m.read(E(50)),
    "find": lambda m, E: m.find(b"\0", E(0)),
    "resize": lambda m, E: m.resize(E(2 * PAGE)),
}
for label, action in ACTIONS.items():
    m = new_map(1)
    neighbour = mmap.mmap(-1, PAGE)
    attempt(label, lambda: action(m, lambda value: Index(value, lambda: m.resize(5000 * PAGE))))
    if m[4:PAGE] != b"A" * (PAGE - 4) or any(neighbour[:]):
        wrong(f"{label} wrote to the wrong place")
survived()
