"""write and write_byte."""

import array

import pytest

from .support import Index, contents, raises

DATA = b"abcdefgh"


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


def test_write_returns_byte_count(m, file):
    assert m.write(b"XY") == 2
    assert m.write(b"") == 0
    assert m.write(b"Z") == 1
    assert m.tell() == 3
    assert contents(file) == b"XYZdefgh"


def test_write_to_end(m, file):
    m.seek(6)
    assert m.write(b"XY") == 2
    assert m.tell() == 8
    assert m.write(b"") == 0
    with raises(ValueError, "data out of range"):
        m.write(b"Z")
    assert m.tell() == 8
    assert contents(file) == b"abcdefXY"


@pytest.mark.parametrize(
    "data",
    [
        b"XY",
        bytearray(b"XY"),
        memoryview(b"-XY-")[1:3],
        array.array("H", b"XY"),
    ],
    ids=lambda data: type(data).__name__,
)
def test_write_bytes_like(m, file, data):
    assert m.write(data) == 2
    assert contents(file) == b"XYcdefgh"


def test_write_counts_bytes(m):
    assert m.write(array.array("I", bytes(8))) == 8


def test_write_from_map(mod, m, file):
    other = mod.mmap(-1, 4)
    m.seek(2)
    assert m.write(other) == 4
    assert contents(file) == b"ab\0\0\0\0gh"
    other.close()


def test_write_from_own_view(m, file):
    with memoryview(m) as view:
        assert m.write(view[4:]) == 4
    assert contents(file) == b"efghefgh"


@pytest.mark.parametrize(
    ("data", "kind", "text"),
    [
        (bytes(6), ValueError, "data out of range"),
        (bytes(100_000), ValueError, "data out of range"),
        ("text", TypeError, "a bytes-like object is required, not 'str'"),
        (5, TypeError, "a bytes-like object is required, not 'int'"),
        (None, TypeError, "a bytes-like object is required, not 'NoneType'"),
        ([88], TypeError, "a bytes-like object is required, not 'list'"),
        (
            memoryview(b"abcd")[::2],
            BufferError,
            "memoryview: underlying buffer is not C-contiguous",
        ),
    ],
)
def test_write_wrong_argument(m, unchanged, data, kind, text):
    with raises(kind, text):
        m.write(data)


def test_write_byte_valid_values_reach_file(m, file):
    for value in (0, 255, True, Index(65)):
        assert m.write_byte(value) is None
    assert m.tell() == 4
    assert contents(file) == b"\x00\xff\x01Aefgh"


@pytest.mark.parametrize(
    ("value", "kind", "text"),
    [
        (256, OverflowError, "unsigned byte integer is greater than maximum"),
        (-1, OverflowError, "unsigned byte integer is less than minimum"),
        (2**63, OverflowError, "Python int too large to convert to C long"),
        (b"X", TypeError, "'bytes' object cannot be interpreted as an integer"),
        ("X", TypeError, "'str' object cannot be interpreted as an integer"),
        (1.0, TypeError, "'float' object cannot be interpreted as an integer"),
        (None, TypeError, "'NoneType' object cannot be interpreted as an integer"),
    ],
)
def test_write_byte_wrong_argument(m, unchanged, value, kind, text):
    with raises(kind, text):
        m.write_byte(value)


def test_write_byte_at_end(m, file):
    m.seek(7)
    m.write_byte(ord("X"))
    with raises(ValueError, "write byte out of range"):
        m.write_byte(ord("Y"))
    assert m.tell() == 8
    assert contents(file) == b"abcdefgX"


def test_write_file_offset(mod, make_file, granularity):
    file = make_file(b"a" * granularity + DATA)
    m = mod.mmap(file.fileno(), 0, offset=granularity)
    m.seek(1)
    m.write(b"XYZ")
    m.write_byte(ord("W"))
    assert contents(file) == b"a" * granularity + b"aXYZWfgh"
