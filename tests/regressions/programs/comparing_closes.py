"""`x in m` and ==: code of the other operand closes or resizes the map meanwhile."""

import operator

from prelude import PAGE, attempt, new_map, survived


class Equal:
    def __init__(self, act):
        self.act = act
        self.calls = 0

    def __eq__(self, other):
        self.calls += 1
        if self.calls == 5:
            self.act()
        return self.calls > 20

    __hash__ = None


for label, act in {
    "close": lambda m: m.close(),
    "shrink": lambda m: m.resize(2),
    "grow": lambda m: m.resize(99 * PAGE),
}.items():
    for name, use in {
        "in": lambda m, x: x in m,
        "indexOf": lambda m, x: operator.indexOf(m, x),
        "countOf": lambda m, x: operator.countOf(m, x),
        "==": lambda m, x: [m == x for _ in range(9)],
    }.items():
        m = new_map(1)
        attempt(f"{label} {name}", lambda: use(m, Equal(lambda: act(m))))
survived()
