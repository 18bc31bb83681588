"""read, read_byte, readline."""

import sys

import pytest

from .support import Index, raises

DATA = b"first\nsecond\n\nlast"


@pytest.fixture
def m(make_map):
    return make_map(DATA)


@pytest.mark.parametrize(
    "arguments", [(), (None,), (-1,), (-sys.maxsize - 1,), (18,), (sys.maxsize,)]
)
def test_read_to_end(m, arguments):
    m.seek(6)
    assert m.read(*arguments) == b"second\n\nlast"
    assert m.tell() == 18
    assert m.read(*arguments) == b""


def test_read_count_returns_that_many_bytes(m):
    assert m.read(0) == b""
    assert m.read(Index(5)) == b"first"
    assert m.read(True) == b"\n"
    assert m.read(3) == b"sec"
    assert type(m.read(1)) is bytes


def test_read_in_chunks(m):
    assert b"".join(iter(lambda: m.read(4), b"")) == DATA


@pytest.mark.parametrize(
    ("argument", "kind", "text"),
    [
        ("5", TypeError, "argument should be integer or None, not 'str'"),
        (b"", TypeError, "argument should be integer or None, not 'bytes'"),
        (5.0, TypeError, "argument should be integer or None, not 'float'"),
        (2**63, OverflowError, "cannot fit 'int' into an index-sized integer"),
        (-(2**63) - 1, OverflowError, "cannot fit 'int' into an index-sized integer"),
    ],
)
def test_read_wrong_argument(m, argument, kind, text):
    m.seek(6)
    with raises(kind, text):
        m.read(argument)
    assert m.tell() == 6


def test_read_byte_repeated_returns_ints_in_order(m):
    assert [m.read_byte() for _ in range(6)] == list(b"first\n")
    assert type(m.read_byte()) is int


def test_read_byte_unsigned(make_map):
    assert make_map(b"\xff").read_byte() == 255


def test_read_byte_at_end(m):
    m.seek(0, 2)
    with raises(ValueError, "read byte out of range"):
        m.read_byte()
    assert m.tell() == 18


def test_readline_repeated_returns_lines_in_order(m):
    assert [m.readline() for _ in range(5)] == [b"first\n", b"second\n", b"\n", b"last", b""]
    assert m.tell() == 18


def test_readline_from_middle(m):
    m.seek(2)
    assert m.readline() == b"rst\n"
    assert m.tell() == 6


def test_readline_ends_at_newline_only(make_map):
    m = make_map(b"a\rb\r\nc\x0bd\x00e\n")
    assert m.readline() == b"a\rb\r\n"
    assert m.readline() == b"c\x0bd\x00e\n"


def test_readline_over_pages(make_map, page):
    lines = [b"x" * (page - 1) + b"\n", b"y" * (2 * page) + b"\n", b"\n", b"z" * page]
    m = make_map(b"".join(lines))
    assert list(iter(m.readline, b"")) == lines


def test_read_result_is_copy(m):
    before = m.read(5)
    m[:5] = b"FIRST"
    assert before == b"first"


def test_read_file_offset(mod, make_file, granularity):
    file = make_file(b"a" * granularity + DATA)
    m = mod.mmap(file.fileno(), 0, offset=granularity)
    assert m.readline() == b"first\n"
    assert m.tell() == 6
    assert m.read() == b"second\n\nlast"
