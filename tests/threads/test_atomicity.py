"""A read sees a whole write of another thread or nothing of it, never a part."""

import itertools

from .apart import apart
from .common import MIB, file_map, repeat

# How often each thread runs, at least.
TIMES = 60


def check_one_value(data):
    assert data.count(data[:1]) == len(data), "a mixture"


def writer(m, size):
    values = itertools.cycle(bytes([value]) * size for value in range(1, 6))

    def write():
        m[:] = next(values)

    return write


@apart("stdlib", "ironmap")
def test_getitem_slice_while_setitem(mmap):
    size = 8 * MIB
    with mmap.mmap(-1, size) as m:
        repeat(
            TIMES,
            writer(m, size),
            lambda: check_one_value(m[:]),
            lambda: check_one_value(m[::-1]),
            lambda: check_one_value(m[MIB : 7 * MIB]),
        )


@apart("stdlib", "ironmap")
def test_setitem_slice_two_writers(mmap):
    size = 8 * MIB
    with file_map(mmap, size) as m:
        repeat(TIMES, writer(m, size), writer(m, size), lambda: check_one_value(m[:]))
        check_one_value(m[:])


@apart("stdlib", "ironmap")
def test_getitem_stride_while_setitem(mmap):
    size = 16 * MIB
    with mmap.mmap(-1, size) as m:
        halves = itertools.cycle([b"\1" * (size // 2), b"\2" * (size // 2)])
        repeat(
            TIMES,
            lambda: m.__setitem__(slice(None, None, 2), next(halves)),
            lambda: check_one_value(m[::2]),
        )


@apart("stdlib", "ironmap")
def test_find_while_setitem(mmap):
    """All bytes are 1 or all are 2, so find returns 0 or -1."""
    size = 20 * MIB
    with mmap.mmap(-1, size) as m:
        m[:] = b"\1" * size
        wholes = itertools.cycle([b"\2" * size, b"\1" * size])

        def search(value):
            at = m.find(value, 0)
            assert at in (0, -1), f"a mixture begins at {at}"

        def search_back(value):
            at = m.rfind(value, 0)
            assert at in (size - 1, -1), f"a mixture ends at {at}"

        repeat(
            TIMES,
            lambda: m.__setitem__(slice(None), next(wholes)),
            lambda: search(b"\1"),
            lambda: search_back(b"\2"),
        )


@apart("stdlib", "ironmap")
def test_setitem_crossed_views_no_deadlock(mmap):
    """Writes each of two maps from a view of the other, and from one of itself."""
    size = 8 * MIB
    first, second = mmap.mmap(-1, size), mmap.mmap(-1, size)
    first[:], second[:] = b"\1" * size, b"\2" * size
    with memoryview(first) as left, memoryview(second) as right:
        repeat(
            TIMES,
            lambda: first.__setitem__(slice(None), right),
            lambda: second.__setitem__(slice(None), left),
            lambda: first.__setitem__(slice(None), left),
            lambda: first.find(right[-9:], 0),
        )
        assert set(first[:]) | set(second[:]) <= {1, 2}


@apart("stdlib", "ironmap")
def test_resize_while_reading(mmap):
    """Checks that each result is right for one of the sizes."""
    small, large = 6 * MIB, 20 * MIB
    m = file_map(mmap, small, b"x")
    sizes = itertools.cycle([large, small])

    def check(data):
        assert data in (b"x" * small, b"x" * small + bytes(large - small)), len(data)

    def check_find():
        assert m.find(b"\0", 0) in (small, -1)
        assert m.rfind(b"x", 0) == small - 1

    repeat(TIMES, lambda: m.resize(next(sizes)), lambda: check(m[:]), check_find)
    assert m.size() == len(m)
    m.close()
