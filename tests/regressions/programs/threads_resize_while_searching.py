"""Threads search and slice while others resize the map up and down."""

from prelude import PAGE, new_map, race, survived, wrong

m = new_map(64)
m[:] = bytes(len(m))


def check(data):
    if any(data):
        wrong("garbage")


def search(method):
    if method(b"zz", 0) != -1:
        wrong("found what is not there")


race(
    lambda: m.resize(256 * PAGE),
    lambda: m.resize(PAGE),
    lambda: search(m.find),
    lambda: search(m.rfind),
    lambda: check(m[:]),
    lambda: check(m[::-7]),
)
if m.size() != len(m):
    wrong(f"map of {len(m)} bytes, file of {m.size()}")
m.close()
survived()
