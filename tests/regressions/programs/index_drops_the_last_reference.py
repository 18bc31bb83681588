"""An argument drops the last reference to the map while a method of it runs."""

import gc

from prelude import PAGE, Index, attempt, new_map, survived

for label, action in {
    "read": lambda box, E: box[0].read(E(10)),
    "find": lambda box, E: box[0].find(b"B", E(0)),
    "m[E]": lambda box, E: box[0][E(5)],
    "m[E:]": lambda box, E: box[0][E(5) :],
    "m[5] = E": lambda box, E: box[0].__setitem__(5, E(66)),
    "resize": lambda box, E: box[0].resize(E(PAGE)),
}.items():
    box = [new_map()]

    def drop():
        box.clear()
        gc.collect()

    attempt(label, lambda: action(box, lambda value: Index(value, drop)))
survived()
