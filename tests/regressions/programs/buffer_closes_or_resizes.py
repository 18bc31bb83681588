"""A value's __buffer__ closes, shrinks or grows the map that it is written to."""

from prelude import PAGE, Buffer, attempt, mmap, need_python, new_map, survived, wrong

need_python(3, 12)
FAR = 90 * PAGE
ACTIONS = {
    "m[far:] = B": lambda m, B: m.__setitem__(slice(FAR, FAR + 10), B(10)),
    "m[far::2] = B": lambda m, B: m.__setitem__(slice(FAR, FAR + 20, 2), B(10)),
    "m[far::-1] = B": lambda m, B: m.__setitem__(slice(FAR, FAR - 10, -1), B(10)),
    "write": lambda m, B: (m.seek(FAR), m.write(B(10))),
    "find": lambda m, B: m.find(B(10), 0),
    "rfind": lambda m, B: m.rfind(B(10), 0, FAR),
    "find from the position": lambda m, B: (m.seek(FAR), m.find(B(1))),
}
EFFECTS = {
    "close": lambda m: m.close(),
    "shrink": lambda m: m.resize(PAGE),
    "grow": lambda m: m.resize(9000 * PAGE),
}
for effect, act in EFFECTS.items():
    for label, action in ACTIONS.items():
        m = new_map(100)
        attempt(f"{effect} {label}", lambda: action(m, lambda n: Buffer(b"B" * n, lambda: act(m))))
        if not m.closed and m[:PAGE] != b"A" * PAGE:
            wrong(f"{effect} {label} wrote to the wrong place")
anonymous = mmap.mmap(-1, 100 * PAGE)
attempt(
    "anonymous",
    lambda: anonymous.__setitem__(
        slice(FAR, FAR + 10), Buffer(b"B" * 10, lambda: anonymous.resize(PAGE))
    ),
)
survived()
