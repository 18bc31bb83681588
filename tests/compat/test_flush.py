"""flush."""

import errno
import sys

import pytest

from .support import (
    CLINIC,
    Index,
    contents,
    has,
    is_ironmap,
    needs,
    raises,
    raises_errno,
    unix_only,
)

OUT_OF_RANGE = "flush values out of range"


@pytest.fixture
def file(make_file, page):
    return make_file(bytes(2 * page + 10))


@pytest.fixture
def m(mod, file):
    return mod.mmap(file.fileno(), 0)


def test_flush_returns_none(m, file):
    m[0] = ord("X")
    assert m.flush() is None
    assert contents(file)[0] == ord("X")


def test_flush_valid_range_returns_none(m, page):
    for arguments in (
        (0, 0),
        (0, 1),
        (0, page),
        (page, page),
        (2 * page, 10),
        (0, len(m)),
        (Index(0), Index(5)),
    ):
        assert m.flush(*arguments) is None


def test_flush_offset_to_end(mod, m, page):
    if has(mod, 3, 15):
        for arguments in ((page,), (2 * page,), (page, -1), (0, -1)):
            assert m.flush(*arguments) is None
    else:
        for arguments in ((page,), (0, -1)):
            with raises(ValueError, OUT_OF_RANGE):
                m.flush(*arguments)


def test_flush_none_size(mod, m):
    if not is_ironmap(mod) and CLINIC <= sys.version_info < (3, 15):
        assert m.flush(0, None) is None
        return
    with raises(TypeError, "'NoneType' object cannot be interpreted as an integer"):
        m.flush(0, None)


@pytest.mark.parametrize(
    ("offset", "size"),
    [
        (-1, 1),
        (-1, 0),
        (0, -2),
        (1, -2),
        (sys.maxsize, 0),
        (sys.maxsize, sys.maxsize),
        (0, sys.maxsize),
        (-sys.maxsize - 1, sys.maxsize),
    ],
)
def test_flush_out_of_range(m, offset, size):
    with raises(ValueError, OUT_OF_RANGE):
        m.flush(offset, size)


def test_flush_one_past_range(m, page):
    with raises(ValueError, OUT_OF_RANGE):
        m.flush(0, len(m) + 1)
    with raises(ValueError, OUT_OF_RANGE):
        m.flush(page, page + 11)
    with raises(ValueError, OUT_OF_RANGE):
        m.flush(3 * page)


@unix_only("Windows flushes from any byte")
def test_flush_unaligned_offset(m):
    with raises_errno(errno.EINVAL):
        m.flush(1, 2)


@pytest.mark.parametrize(
    ("arguments", "kind", "text"),
    [
        (("0",), TypeError, "'str' object cannot be interpreted as an integer"),
        ((0.0,), TypeError, "'float' object cannot be interpreted as an integer"),
        ((None,), TypeError, "'NoneType' object cannot be interpreted as an integer"),
        ((0, "1"), TypeError, "'str' object cannot be interpreted as an integer"),
        ((2**63,), OverflowError, "Python int too large to convert to C ssize_t"),
        ((0, 2**63), OverflowError, "Python int too large to convert to C ssize_t"),
    ],
)
def test_flush_wrong_argument(m, arguments, kind, text):
    with raises(kind, text):
        m.flush(*arguments)


@pytest.mark.parametrize("access", ["ACCESS_READ", "ACCESS_COPY"])
def test_flush_read_only_or_copy(mod, file, access):
    m = mod.mmap(file.fileno(), 0, access=getattr(mod, access))
    assert m.flush() is None
    assert m.flush(1, 2) is None
    with raises(ValueError, OUT_OF_RANGE):
        m.flush(0, len(m) + 1)
    with raises(OverflowError, "Python int too large to convert to C ssize_t"):
        m.flush(1, 2**63)


@unix_only("Windows has no flags and no prot")
def test_flush_anonymous_or_private(mod, file, page):
    assert mod.mmap(-1, page).flush() is None
    assert mod.mmap(-1, page, flags=mod.MAP_PRIVATE).flush(0, page) is None
    assert mod.mmap(file.fileno(), 0, flags=mod.MAP_PRIVATE).flush() is None


@unix_only("Windows ignores the flags")
def test_flush_valid_flags_return_none(mod, m, page):
    needs(mod, 3, 15)
    for flags in (0, mod.MS_SYNC, mod.MS_ASYNC, mod.MS_INVALIDATE | mod.MS_SYNC):
        assert m.flush(flags=flags) is None
        assert m.flush(0, page, flags=flags) is None
        assert m.flush(page, flags=flags) is None


@unix_only("Windows ignores the flags")
def test_flush_wrong_flags(mod, m):
    needs(mod, 3, 15)
    for flags in (mod.MS_SYNC | mod.MS_ASYNC, 1 << 20):
        with raises_errno(errno.EINVAL):
            m.flush(flags=flags)
    with raises(TypeError, "'str' object cannot be interpreted as an integer"):
        m.flush(flags="MS_SYNC")
    with raises(OverflowError, "Python int too large to convert to C int"):
        m.flush(flags=2**31)
    with raises(TypeError, "'NoneType' object cannot be interpreted as an integer"):
        m.flush(flags=None)
