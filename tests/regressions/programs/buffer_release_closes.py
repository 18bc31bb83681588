"""__release_buffer__ runs code too, after the copy: it closes or shrinks the map, or raises."""

from prelude import PAGE, attempt, need_python, new_map, survived, wrong

need_python(3, 12)


class Releasing:
    def __init__(self, value, act):
        self.value = value
        self.act = act

    def __buffer__(self, flags):
        return memoryview(self.value)

    def __release_buffer__(self, view):
        self.act()


def fail():
    raise RuntimeError("release")


ACTIONS = {
    "m[:4] = B": lambda m, value: m.__setitem__(slice(4), value),
    "m[:8:2] = B": lambda m, value: m.__setitem__(slice(0, 8, 2), value),
    "write": lambda m, value: m.write(value),
    "find": lambda m, value: m.find(value),
    "rfind": lambda m, value: m.rfind(value, 0),
}
for label, action in ACTIONS.items():
    for act in (lambda: m.close(), lambda: m.resize(PAGE), lambda: m.resize(999 * PAGE), fail):
        m = new_map()
        attempt(label, lambda: action(m, Releasing(b"BBBB", act)))
        if not m.closed and m[8:PAGE] != b"A" * (PAGE - 8):
            wrong(f"{label} wrote to the wrong place")
survived()
