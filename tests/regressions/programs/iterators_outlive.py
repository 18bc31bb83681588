"""Iterators over a map that is closed, shrunk, grown or dropped meanwhile."""

import gc

from prelude import PAGE, attempt, mmap, new_map, survived, wrong


def each(m):
    for byte in m:
        yield byte


for make in (
    iter,
    reversed,
    each,
    enumerate,
    lambda m: zip(m, m, strict=False),
    lambda m: map(ord, m),
):
    for label, act in {
        "close": lambda m: m.close(),
        "shrink": lambda m: m.resize(2),
        "grow": lambda m: m.resize(900 * PAGE),
    }.items():
        m = new_map(2)
        iterator = make(m)
        for _ in range(5):
            next(iterator)
        attempt(label, lambda: act(m))
        for _ in range(3):
            attempt("next", lambda: next(iterator))
iterator = iter(new_map(1))
gc.collect()
attempt("orphan", lambda: b"".join(iterator), lambda data: data == b"A" * PAGE)
attempt("exhausted", lambda: next(iterator))
with mmap.mmap(-1, 1) as m:
    iterator = iter(m)
    next(iterator)
    attempt("at the end", lambda: next(iterator, None), lambda byte: byte is None)
for _ in range(2):
    attempt("closed", lambda: next(iterator))
if attempt("__setstate__", lambda: iterator.__setstate__(1 << 62)) is None:
    attempt("next", lambda: next(iterator))
try:
    for byte in (m := new_map(1)):
        m.close()
    wrong("a closed map goes on")
except ValueError:
    survived()
