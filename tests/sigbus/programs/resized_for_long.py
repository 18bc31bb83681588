"""A map that is exported and resized thousands of times uses no more areas and addresses."""

import itertools

from prelude import PAGE, expect, ironmap, new_map, notes, survived

ROUNDS = 3000
PRIVATE = ironmap.MAP_PRIVATE | ironmap.MAP_ANONYMOUS


def areas():
    with open("/proc/self/maps") as maps:
        return sum(1 for _ in maps)


def addresses():
    """Returns the used pages of the address space."""
    with open("/proc/self/statm") as statm:
        return int(statm.read().split()[0])


def file_map():
    return new_map(1)[1]


def memory():
    return ironmap.mmap(-1, PAGE, flags=PRIVATE)


# In pages.
SIZES = {
    "to and fro": lambda step: 64 + 64 * (step % 2),
    "without a pattern": lambda step: 1 + step * 7919 % 997,
    "growing": lambda step: 1 + step,
}
# The C library's memory for a thread that allocates.
ARENA = 20_000
for make, (name, size), lend in itertools.product((file_map, memory), SIZES.items(), (1, 3)):
    m = make()
    before = areas(), addresses()
    for step in range(ROUNDS):
        if step % lend == 0:
            memoryview(m).release()
        m.resize(size(step) * PAGE)
    after = areas(), addresses()
    what = f"{make.__name__}, {name}: {before} areas and pages became {after}"
    expect(after[0] - before[0] < 150, what)
    expect(after[1] - before[1] < 10 * max(map(size, range(ROUNDS))) + ARENA, what)
    m.close()
    del m
notes[:] = [f"{ROUNDS} rounds each"]
survived()
