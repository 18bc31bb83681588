"""seek and tell, and the calls that move the position."""

import os
import sys

import pytest

from .support import (
    CLINIC,
    INT_TOO_LARGE,
    Index,
    contents,
    has,
    needs,
    raises,
)

OUT_OF_RANGE = "seek out of range"


@pytest.fixture
def m(make_map):
    return make_map(b"abcdefghij")


@pytest.mark.parametrize(
    ("arguments", "position"),
    [
        ((0,), 0),
        ((7,), 7),
        ((10,), 10),
        ((3, os.SEEK_SET), 3),
        ((0, os.SEEK_CUR), 4),
        ((2, os.SEEK_CUR), 6),
        ((6, os.SEEK_CUR), 10),
        ((-4, os.SEEK_CUR), 0),
        ((0, os.SEEK_END), 10),
        ((-3, os.SEEK_END), 7),
        ((-10, os.SEEK_END), 0),
        ((Index(3), Index(0)), 3),
        ((True, True), 5),
    ],
)
def test_seek_valid_arguments_move_position(mod, m, arguments, position):
    m.seek(4)
    assert m.seek(*arguments) == (position if has(mod, 3, 13) else None)
    assert m.tell() == position


@pytest.mark.parametrize(
    ("arguments", "kind", "text"),
    [
        ((-1,), ValueError, OUT_OF_RANGE),
        ((11,), ValueError, OUT_OF_RANGE),
        ((sys.maxsize,), ValueError, OUT_OF_RANGE),
        ((-sys.maxsize - 1,), ValueError, OUT_OF_RANGE),
        ((7, 1), ValueError, OUT_OF_RANGE),
        ((-5, 1), ValueError, OUT_OF_RANGE),
        ((sys.maxsize, 1), ValueError, OUT_OF_RANGE),
        ((-sys.maxsize - 1, 1), ValueError, OUT_OF_RANGE),
        ((1, 2), ValueError, OUT_OF_RANGE),
        ((-11, 2), ValueError, OUT_OF_RANGE),
        ((sys.maxsize, 2), ValueError, OUT_OF_RANGE),
        ((-sys.maxsize - 1, 2), ValueError, OUT_OF_RANGE),
        ((0, 3), ValueError, "unknown seek type"),
        ((0, -1), ValueError, "unknown seek type"),
        ((99, 3), ValueError, "unknown seek type"),
        ((0, 2**31 - 1), ValueError, "unknown seek type"),
        ((2**63,), OverflowError, "Python int too large to convert to C ssize_t"),
        (("0",), TypeError, "'str' object cannot be interpreted as an integer"),
        ((1.0,), TypeError, "'float' object cannot be interpreted as an integer"),
        ((None,), TypeError, "'NoneType' object cannot be interpreted as an integer"),
        ((0, 1.0), TypeError, "'float' object cannot be interpreted as an integer"),
        ((0, None), TypeError, "'NoneType' object cannot be interpreted as an integer"),
    ],
)
def test_seek_wrong_arguments(m, arguments, kind, text):
    m.seek(4)
    with raises(kind, text):
        m.seek(*arguments)
    assert m.tell() == 4


def test_seek_whence_overflow(mod, m):
    if has(mod, *CLINIC):
        text = "Python int too large to convert to C int"
    else:
        text = INT_TOO_LARGE
    with raises(OverflowError, text):
        m.seek(0, 2**31)


def test_seekable_open_map_is_true(mod, m):
    needs(mod, 3, 13)
    assert m.seekable() is True


def test_tell_after_calls_that_keep_position(mod, m):
    m.seek(4)
    m[0], m[1:3], m[5] = 1, b"XY", 2
    m[0], m[:], m[::-2]
    list(m), list(reversed(m)), b"e" in m, len(m), repr(m), bytes(m)
    m.find(b"e"), m.rfind(b"e"), m.find(b"e", 0, 9)
    m.move(0, 5, 3)
    m.flush()
    if hasattr(m, "madvise"):
        m.madvise(mod.MADV_NORMAL)
    m.size(), m.tell(), m.closed
    m.resize(8)
    m.resize(12)
    assert m.tell() == 4


def test_tell_after_calls_that_move_position(m):
    assert (m.read(3), m.tell()) == (b"abc", 3)
    assert (m.read_byte(), m.tell()) == (ord("d"), 4)
    assert (m.write(b"EF"), m.tell()) == (2, 6)
    assert (m.write_byte(ord("G")), m.tell()) == (None, 7)
    assert (m.readline(), m.tell()) == (b"hij", 10)
    assert (m.read(), m.tell()) == (b"", 10)
    assert m[:] == b"abcdEFGhij"


def shrink_behind_the_position(mod, make_file):
    file = make_file(b"abcdefghij")
    m = mod.mmap(file.fileno(), 0)
    m.seek(8)
    m.resize(5)
    return m, file


def test_tell_past_shrunk_end(mod, make_file):
    m, _ = shrink_behind_the_position(mod, make_file)
    assert m.tell() == 8
    assert repr(m).endswith("length=5, pos=8, offset=0>")


def test_read_past_shrunk_end(mod, make_file):
    m, _ = shrink_behind_the_position(mod, make_file)
    assert m.read() == m.read(1) == m.read(-1) == m.read(0) == b""
    assert m.readline() == b""
    with raises(ValueError, "read byte out of range"):
        m.read_byte()
    assert m.find(b"a") == m.rfind(b"a") == -1
    assert m.find(b"a", 0) == 0
    assert m.tell() == 8


def test_write_past_shrunk_end(mod, make_file):
    m, file = shrink_behind_the_position(mod, make_file)
    for data in (b"X", b""):
        with raises(ValueError, "data out of range"):
            m.write(data)
    with raises(ValueError, "write byte out of range"):
        m.write_byte(ord("X"))
    assert m.tell() == 8
    assert contents(file) == b"abcde"


def test_seek_from_past_shrunk_end(mod, make_file):
    m, _ = shrink_behind_the_position(mod, make_file)
    for distance in (0, 1, -1, -2):
        with raises(ValueError, OUT_OF_RANGE):
            m.seek(distance, os.SEEK_CUR)
    assert m.tell() == 8
    m.seek(-3, os.SEEK_CUR)
    assert m.tell() == 5


def test_resize_grow_makes_position_valid(mod, make_file):
    m, _ = shrink_behind_the_position(mod, make_file)
    m.resize(10)
    assert m.read() == bytes(2)
