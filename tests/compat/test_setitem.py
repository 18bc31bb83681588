"""Assignment to items and slices, and the C sequence protocol."""

import array
import ctypes
import itertools
import sys

import pytest

from .support import (
    CONVERTED_FIRST,
    READONLY,
    WRONG_SLICE,
    Index,
    Shrinking,
    contents,
    has,
    needs,
    raises,
)

DATA = b"abcdefg"
OUT_OF_RANGE = "mmap index out of range"

PySequence_SetItem = ctypes.pythonapi.PySequence_SetItem
PySequence_SetItem.argtypes = [ctypes.py_object, ctypes.c_ssize_t, ctypes.py_object]
PySequence_DelItem = ctypes.pythonapi.PySequence_DelItem
PySequence_DelItem.argtypes = [ctypes.py_object, ctypes.c_ssize_t]
PySequence_SetSlice = ctypes.pythonapi.PySequence_SetSlice
PySequence_SetSlice.argtypes = [
    ctypes.py_object,
    ctypes.c_ssize_t,
    ctypes.c_ssize_t,
    ctypes.py_object,
]
PySequence_DelSlice = ctypes.pythonapi.PySequence_DelSlice
PySequence_DelSlice.argtypes = [ctypes.py_object, ctypes.c_ssize_t, ctypes.c_ssize_t]


@pytest.fixture
def file(make_file):
    return make_file(DATA)


@pytest.fixture
def m(mod, file):
    return mod.mmap(file.fileno(), 0)


@pytest.fixture
def unchanged(m, file):
    """Checks after a test of failures that nothing has changed."""
    m.seek(3)
    yield
    assert m.tell() == 3
    assert m[:] == contents(file) == DATA


def test_setitem_int_writes_file(m, file):
    m[0] = ord("X")
    m[-1] = ord("Y")
    m[True] = Index(ord("Z"))
    assert m[:] == contents(file) == b"XZcdefY"
    assert m.tell() == 0


def test_setitem_every_byte_value(make_map):
    m = make_map(bytes(256))
    for value in range(256):
        m[value] = value
    assert m[:] == bytes(range(256))


@pytest.mark.parametrize(
    ("index", "value", "kind", "text"),
    [
        (7, 0, IndexError, "mmap index out of range"),
        (-8, 0, IndexError, "mmap index out of range"),
        (2**63 - 1, 0, IndexError, "mmap index out of range"),
        (2**63, 0, IndexError, "cannot fit 'int' into an index-sized integer"),
        ("0", 0, TypeError, "mmap indices must be integer"),
        (0.0, 0, TypeError, "mmap indices must be integer"),
        (None, 0, TypeError, "mmap indices must be integer"),
        ((0, 1), 0, TypeError, "mmap indices must be integer"),
        (0, "x", TypeError, "mmap item value must be an int"),
        (0, b"x", TypeError, "mmap item value must be an int"),
        (0, 1.0, TypeError, "mmap item value must be an int"),
        (0, None, TypeError, "mmap item value must be an int"),
        (0, 256, ValueError, "mmap item value must be in range(0, 256)"),
        (0, -1, ValueError, "mmap item value must be in range(0, 256)"),
        (0, 2**63 - 1, ValueError, "mmap item value must be in range(0, 256)"),
        (0, 2**63, TypeError, "cannot fit 'int' into an index-sized integer"),
    ],
)
def test_setitem_int_wrong(m, unchanged, index, value, kind, text):
    with raises(kind, text):
        m[index] = value


@pytest.mark.parametrize(
    ("value", "kind", "text"),
    [
        ("x", TypeError, "mmap item value must be an int"),
        (300, ValueError, "mmap item value must be in range(0, 256)"),
        (1 << 64, TypeError, "cannot fit 'int' into an index-sized integer"),
    ],
)
def test_setitem_wrong_value_out_of_range(mod, m, unchanged, value, kind, text):
    converted_first = has(mod, *CONVERTED_FIRST)
    # test.test_mmap of these versions asks for it.
    bounds_first = value == "x" and sys.version_info < (3, 14)
    if bounds_first or not converted_first:
        kind, text = IndexError, OUT_OF_RANGE
    with raises(kind, text):
        m[7] = value


def test_setitem_value_resizes_then_bounds(mod, m):
    """A negative index counts from the end that the conversion of the value leaves."""
    needs(mod, *CONVERTED_FIRST)
    m[-1] = Shrinking(1, m, 5)
    assert m[:] == DATA[:4] + b"\x01"


def test_delitem_out_of_range(mod, m, unchanged):
    converted_first = has(mod, *CONVERTED_FIRST)
    text = "mmap doesn't support item deletion"
    with raises(*((TypeError, text) if converted_first else (IndexError, OUT_OF_RANGE))):
        del m[7]


def test_setitem_slice_matches_bytearray(m, file):
    bounds = [None, 0, 1, 3, 7, 100, -1, -3, -7, -100, 2**70]
    steps = [None, 1, 2, 3, 100, -1, -2, -100, 2**70]
    for start, stop, step in itertools.product(bounds, bounds, steps):
        index = slice(start, stop, step)
        model = bytearray(DATA)
        new = bytes(range(len(model[index])))
        model[index] = new
        m[:] = DATA
        m[index] = new
        assert m[:] == contents(file) == model, index


@pytest.mark.parametrize(
    "value",
    [
        b"XY",
        bytearray(b"XY"),
        memoryview(b"XY"),
        memoryview(b"-XY-")[1:3],
        memoryview(b"XY").cast("c"),
        array.array("b", b"XY"),
        array.array("H", b"XY"),
        (ctypes.c_char * 2)(b"X", b"Y"),
    ],
    ids=lambda value: type(value).__name__,
)
def test_setitem_slice_bytes_like(m, file, value):
    m[2:4] = value
    assert m[:] == contents(file) == b"abXYefg"


def test_setitem_slice_from_map(mod, m, file):
    other = mod.mmap(-1, 7)
    other[:] = b"ABCDEFG"
    m[:] = other
    assert contents(file) == b"ABCDEFG"
    m[:] = m
    assert contents(file) == b"ABCDEFG"
    other.close()


def test_setitem_slice_from_own_view(m, file):
    with memoryview(m) as view:
        m[0:3] = view[4:7]
    assert contents(file) == b"efgdefg"


@pytest.mark.parametrize(
    ("index", "value", "kind", "text"),
    [
        (slice(0, 2), b"X", IndexError, "mmap slice assignment is wrong size"),
        (slice(0, 2), b"XYZ", IndexError, "mmap slice assignment is wrong size"),
        (slice(0, 2), b"", IndexError, "mmap slice assignment is wrong size"),
        (slice(5, 2), b"X", IndexError, "mmap slice assignment is wrong size"),
        (slice(None, None, 2), DATA, IndexError, "mmap slice assignment is wrong size"),
        (slice(100, None), b"X", IndexError, "mmap slice assignment is wrong size"),
        (slice(0, 2), array.array("H", b"XYZW"), IndexError, "mmap slice assignment is wrong size"),
        (slice(0, 2), "XY", TypeError, "a bytes-like object is required, not 'str'"),
        (slice(0, 2), 5, TypeError, "a bytes-like object is required, not 'int'"),
        (slice(0, 2), [88, 89], TypeError, "a bytes-like object is required, not 'list'"),
        (slice(0, 2), None, TypeError, "a bytes-like object is required, not 'NoneType'"),
        (slice(0, 0, 0), b"", ValueError, "slice step cannot be zero"),
        (
            slice(0, 2),
            memoryview(b"abcd")[::2],
            BufferError,
            "memoryview: underlying buffer is not C-contiguous",
        ),
        (
            slice("0", 2),
            b"XY",
            TypeError,
            WRONG_SLICE,
        ),
    ],
)
def test_setitem_slice_wrong(m, unchanged, index, value, kind, text):
    with raises(kind, text):
        m[index] = value


def test_setitem_slice_empty(m, unchanged):
    m[5:2] = b""
    m[100:] = b""
    m[2:5:-1] = b""


@pytest.mark.parametrize(
    ("index", "kind", "text"),
    [
        (0, TypeError, "mmap doesn't support item deletion"),
        (-1, TypeError, "mmap doesn't support item deletion"),
        (2**63, IndexError, "cannot fit 'int' into an index-sized integer"),
        (slice(0, 2), TypeError, "mmap object doesn't support slice deletion"),
        (slice(5, 2), TypeError, "mmap object doesn't support slice deletion"),
        (slice(None, None, 0), ValueError, "slice step cannot be zero"),
        ("0", TypeError, "mmap indices must be integer"),
        (None, TypeError, "mmap indices must be integer"),
    ],
)
def test_delitem_any_index_refused(m, unchanged, index, kind, text):
    with raises(kind, text):
        del m[index]


def test_sequence_setitem_single_byte_writes_file(m, file):
    PySequence_SetItem(m, 0, b"X")
    PySequence_SetItem(m, -1, b"Y")
    assert m[:] == contents(file) == b"XbcdefY"


@pytest.mark.parametrize(
    ("index", "value", "text"),
    [
        (0, 88, "mmap assignment must be length-1 bytes()"),
        (0, b"", "mmap assignment must be length-1 bytes()"),
        (0, b"XY", "mmap assignment must be length-1 bytes()"),
        (0, "X", "mmap assignment must be length-1 bytes()"),
        (0, bytearray(b"X"), "mmap assignment must be length-1 bytes()"),
        (0, None, "mmap assignment must be length-1 bytes()"),
        (7, b"X", "mmap index out of range"),
        (7, 88, "mmap index out of range"),
        (-8, b"X", "mmap index out of range"),
    ],
)
def test_sequence_setitem_wrong(m, unchanged, index, value, text):
    with raises(IndexError, text):
        PySequence_SetItem(m, index, value)


def test_sequence_delitem_refused(m, unchanged):
    with raises(TypeError, "mmap object doesn't support item deletion"):
        PySequence_DelItem(m, 0)
    with raises(IndexError, "mmap index out of range"):
        PySequence_DelItem(m, 7)
    with raises(TypeError, "mmap object doesn't support slice deletion"):
        PySequence_DelSlice(m, 0, 2)


def test_sequence_setslice_writes_file(m, file):
    PySequence_SetSlice(m, 1, 3, b"XY")
    assert m[:] == contents(file) == b"aXYdefg"


def test_sequence_setitem_read_only(make_map):
    m = make_map(DATA, access=1)
    with raises(TypeError, READONLY):
        PySequence_SetItem(m, 0, b"X")
    with raises(IndexError, "mmap assignment must be length-1 bytes()"):
        PySequence_SetItem(m, 0, 88)
    with raises(IndexError, "mmap index out of range"):
        PySequence_SetItem(m, 7, b"X")
    with raises(TypeError, READONLY):
        PySequence_SetSlice(m, 1, 3, b"XY")
