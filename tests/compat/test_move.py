"""move: copying inside a map."""

import itertools
import sys

import pytest

from .support import Index, contents, raises

DATA = b"abcdefghij"


@pytest.fixture
def file(make_file):
    return make_file(DATA)


@pytest.fixture
def m(mod, file):
    return mod.mmap(file.fileno(), 0)


def test_move_every_range(m, file):
    size = len(DATA)
    for dest, src, count in itertools.product(range(size + 1), range(size + 1), range(size + 1)):
        if max(dest, src) + count > size:
            continue
        model = bytearray(DATA)
        model[dest : dest + count] = DATA[src : src + count]
        m[:] = DATA
        assert m.move(dest, src, count) is None
        assert m[:] == model, (dest, src, count)
    assert contents(file) == m[:]


def test_move_overlapping_pages(make_map, page):
    data = bytes(i * 7 % 251 for i in range(4 * page))
    m = make_map(data)
    for dest, src in ((0, 1), (1, 0), (0, page + 3), (page + 3, 0)):
        count = len(data) - max(dest, src)
        model = bytearray(data)
        model[dest : dest + count] = data[src : src + count]
        m[:] = data
        m.move(dest, src, count)
        assert m[:] == model, (dest, src)


def test_move_index_arguments(m):
    m.move(Index(0), True, Index(2))
    assert m[:] == b"bccdefghij"


@pytest.mark.parametrize(
    "arguments",
    [
        (-1, 0, 0),
        (0, -1, 0),
        (0, 0, -1),
        (11, 0, 0),
        (0, 11, 0),
        (0, 0, 11),
        (1, 0, 10),
        (0, 1, 10),
        (10, 0, 1),
        (0, 10, 1),
        (sys.maxsize, 0, 1),
        (0, sys.maxsize, 1),
        (1, 1, sys.maxsize),
        (sys.maxsize, sys.maxsize, sys.maxsize),
        (-sys.maxsize - 1, -sys.maxsize - 1, -sys.maxsize - 1),
    ],
)
def test_move_out_of_range(m, file, arguments):
    with raises(ValueError, "source, destination, or count out of range"):
        m.move(*arguments)
    assert contents(file) == DATA


@pytest.mark.parametrize("place", [0, 1, 2])
@pytest.mark.parametrize(
    ("value", "kind", "text"),
    [
        (2**63, OverflowError, "Python int too large to convert to C ssize_t"),
        (1.0, TypeError, "'float' object cannot be interpreted as an integer"),
        ("1", TypeError, "'str' object cannot be interpreted as an integer"),
        (None, TypeError, "'NoneType' object cannot be interpreted as an integer"),
    ],
)
def test_move_wrong_argument(m, file, place, value, kind, text):
    arguments = [0, 0, 0]
    arguments[place] = value
    with raises(kind, text):
        m.move(*arguments)
    assert contents(file) == DATA


def test_move_keeps_position(m):
    m.seek(3)
    m.move(0, 5, 5)
    assert m.tell() == 3
