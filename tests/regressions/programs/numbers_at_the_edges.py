"""Indexes, steps, counts and positions at the ends of the machine word, on every method."""

import itertools
import sys

from prelude import PAGE, attempt, mmap, notes, survived, wrong

EDGES = [
    0,
    1,
    -1,
    PAGE - 1,
    PAGE,
    PAGE + 1,
    -PAGE,
    -PAGE - 1,
    sys.maxsize,
    sys.maxsize - 1,
    -sys.maxsize,
    -sys.maxsize - 1,
    1 << 63,
    1 << 64,
]
content = bytes(i % 251 for i in range(PAGE))
m = mmap.mmap(-1, PAGE)
m[:] = content


def same(label, mine, model):
    try:
        expected = model()
    except (IndexError, ValueError, OverflowError):
        attempt(label, mine)
        return
    attempt(label, mine, lambda result: result == expected)


for a in EDGES:
    same(f"m[{a}]", lambda: m[a], lambda: content[a])
    attempt(f"read({a})", lambda: (m.seek(0), m.read(a)))
    for whence in (0, 1, 2):
        attempt(f"seek({a}, {whence})", lambda: m.seek(a, whence))
        if not 0 <= m.tell() <= PAGE:
            wrong(f"position {m.tell()}")
for a, b in itertools.product(EDGES, repeat=2):
    same(f"m[{a}:{b}]", lambda: m[a:b], lambda: content[a:b])
    same(f"m[::{a}]", lambda: m[::a], lambda: content[::a])
    same(f"find({a}, {b})", lambda: m.find(b"\x07", a, b), lambda: content.find(b"\x07", a, b))
    same(f"rfind({a}, {b})", lambda: m.rfind(b"\x07", a, b), lambda: content.rfind(b"\x07", a, b))
    attempt(f"flush({a}, {b})", lambda: m.flush(a, b))
    attempt(f"madvise({a}, {b})", lambda: m.madvise(mmap.MADV_NORMAL, a, b))
for a, b, c in itertools.product(EDGES, repeat=3):
    same(f"m[{a}:{b}:{c}]", lambda: m[a:b:c], lambda: content[a:b:c])
    if (a, b, c) != (a, b, 0) and sum(x not in range(PAGE + 1) for x in (a, b, c)):
        attempt(f"move({a}, {b}, {c})", lambda: m.move(a, b, c))
if m[:] != content:
    wrong("an impossible move changed the map")
notes[:] = notes[-3:]
survived()
