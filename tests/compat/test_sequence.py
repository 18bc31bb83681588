"""A map as a sequence: indexes, slices, iteration, the C protocol."""

import ctypes
import itertools
import operator

import pytest

from .support import WRONG_SLICE, Index, raises

DATA = bytes(range(100, 107))

PySequence_GetItem = ctypes.pythonapi.PySequence_GetItem
PySequence_GetItem.restype = ctypes.py_object
PySequence_GetItem.argtypes = [ctypes.py_object, ctypes.c_ssize_t]

PySequence_GetSlice = ctypes.pythonapi.PySequence_GetSlice
PySequence_GetSlice.restype = ctypes.py_object
PySequence_GetSlice.argtypes = [ctypes.py_object, ctypes.c_ssize_t, ctypes.c_ssize_t]


@pytest.fixture
def m(make_map):
    return make_map(DATA)


def test_len_of_map_is_its_length(mod, make_file, m):
    assert len(m) == m.__len__() == operator.length_hint(m) == 7
    assert len(mod.mmap(make_file(DATA).fileno(), 3)) == 3
    assert bool(m) is True


def test_getitem_int_returns_int(m):
    assert [m[i] for i in range(7)] == list(DATA)
    assert [m[i] for i in range(-7, 0)] == list(DATA)
    assert type(m[0]) is int
    assert m[True] == m[Index(1)] == DATA[1]


def test_getitem_high_bytes_are_unsigned(make_map):
    data = bytes(range(256))
    m = make_map(data)
    assert [m[i] for i in range(256)] == list(range(256))
    assert b"".join(m) == data


@pytest.mark.parametrize("index", [7, -8, 2**31, -(2**31), 2**63 - 1, -(2**63)])
def test_getitem_out_of_range(m, index):
    with raises(IndexError, "mmap index out of range"):
        m[index]


@pytest.mark.parametrize("index", [2**63, -(2**63) - 1, 2**70])
def test_getitem_index_overflow(m, index):
    with raises(IndexError, "cannot fit 'int' into an index-sized integer"):
        m[index]


@pytest.mark.parametrize("index", ["0", b"0", 0.0, None, (0,), (0, 1), ...])
def test_getitem_wrong_type(m, index):
    with raises(TypeError, "mmap indices must be integers"):
        m[index]


def test_getitem_index_raises(m):
    class Broken:
        def __index__(self):
            raise KeyError("broken")

    with raises(KeyError, "'broken'"):
        m[Broken()]
    with raises(KeyError, "'broken'"):
        m[Broken() :]


def test_getitem_slice_matches_bytes(m):
    huge = [2**63 - 1, -(2**63), 2**70, -(2**70)]
    bounds = [None, 0, 1, 3, 6, 7, 8, 100, -1, -3, -7, -8, -100, *huge]
    steps = [None, 1, 2, 3, 7, 100, -1, -2, -7, -100, *huge]
    for start, stop, step in itertools.product(bounds, bounds, steps):
        assert m[start:stop:step] == DATA[start:stop:step], (start, stop, step)


def test_getitem_slice_returns_bytes(m):
    assert type(m[:]) is type(m[5:2]) is type(m[::-1]) is bytes


def test_getitem_slice_index_bounds(m):
    assert m[Index(1) : Index(6) : Index(2)] == DATA[1:6:2]


def test_getitem_slice_wrong(m):
    with raises(ValueError, "slice step cannot be zero"):
        m[::0]
    for wrong in (slice("0", None), slice(None, 1.0), slice(None, None, b"1")):
        with raises(TypeError, WRONG_SLICE):
            m[wrong]


def test_getitem_slice_over_pages(make_map, page):
    data = bytes(i % 251 for i in range(3 * page + 17))
    m = make_map(data)
    for wanted in (slice(None), slice(1, -1), slice(None, None, page - 1), slice(None, None, -3)):
        assert m[wanted] == data[wanted]


def test_iter_yields_single_bytes(m):
    assert list(m) == [bytes([b]) for b in DATA]
    assert next(iter(m)) == b"d"


def test_iter_keeps_position(m):
    m.seek(3)
    list(m)
    assert m.tell() == 3


def test_iter_sees_changes(m):
    iterator = iter(m)
    assert next(iterator) == b"d"
    m[1] = ord("X")
    assert next(iterator) == b"X"


def test_iter_map_shrinks(m):
    iterator = iter(m)
    next(iterator)
    m.resize(2)
    assert list(iterator) == [b"e"]


def test_iter_exhausted_stays_exhausted(m):
    iterator = iter(m)
    list(iterator)
    with pytest.raises(StopIteration):
        next(iterator)


def test_reversed_yields_single_bytes(m):
    assert list(reversed(m)) == [bytes([b]) for b in reversed(DATA)]


def test_contains_single_bytes_only(m):
    assert b"d" in m
    assert b"z" not in m
    assert 100 not in m
    assert b"de" not in m
    assert b"" not in m
    assert "d" not in m


def test_operator_functions_accept_map(m):
    assert operator.indexOf(m, b"f") == 2
    assert operator.countOf(m, b"d") == 1
    assert operator.getitem(m, 1) == DATA[1]
    with pytest.raises(ValueError):
        operator.indexOf(m, b"z")


def test_unpacking_yields_single_bytes(make_map):
    a, *rest = make_map(b"xyz")
    assert (a, rest) == (b"x", [b"y", b"z"])


def test_sequence_getitem_returns_single_byte(m):
    assert PySequence_GetItem(m, 0) == b"d"
    assert PySequence_GetItem(m, -1) == b"j"
    for index in (7, -8):
        with raises(IndexError, "mmap index out of range"):
            PySequence_GetItem(m, index)


def test_sequence_getslice_clamps_bounds(m):
    assert PySequence_GetSlice(m, 1, 3) == DATA[1:3]
    assert PySequence_GetSlice(m, -3, 100) == DATA[-3:]


def test_sequence_and_mapping_check(m):
    for check in ("PySequence_Check", "PyMapping_Check", "PyObject_CheckBuffer"):
        assert getattr(ctypes.pythonapi, check)(ctypes.py_object(m)) == 1, check
    assert ctypes.pythonapi.PyNumber_Check(ctypes.py_object(m)) == 0


@pytest.mark.parametrize(
    ("operation", "text"),
    [
        (lambda m: m + b"x", "unsupported operand type(s) for +: 'mmap.mmap' and 'bytes'"),
        (lambda m: m * 2, "unsupported operand type(s) for *: 'mmap.mmap' and 'int'"),
        (lambda m: 2 * m, "unsupported operand type(s) for *: 'int' and 'mmap.mmap'"),
    ],
)
def test_add_and_multiply_refused(m, operation, text):
    with raises(TypeError, text):
        operation(m)


def test_bytes_add_map(m):
    assert b"x" + m == b"x" + DATA
