"""madvise, only with advice that changes nothing for other programs."""

import errno
import sys

import pytest

from .support import CLINIC, Index, contents, has, raises, raises_errno, unix_only

pytestmark = unix_only("Windows has no madvise")

HARMLESS = ["MADV_NORMAL", "MADV_RANDOM", "MADV_SEQUENTIAL", "MADV_WILLNEED"]


@pytest.fixture
def m(make_map, page):
    return make_map(b"a" * (2 * page + 10))


@pytest.mark.parametrize("advice", HARMLESS)
def test_madvise_harmless_advice_keeps_content(mod, m, page, advice):
    option = getattr(mod, advice)
    for arguments in (
        (),
        (0,),
        (page,),
        (2 * page,),
        (0, 0),
        (0, 2),
        (page, page + 10),
        (Index(0), Index(2)),
        (0, 2 * page + 11),
        (page, 1 << 40),
        (0, sys.maxsize),
    ):
        assert m.madvise(option, *arguments) is None
    assert m[:] == b"a" * (2 * page + 10)


def test_madvise_none_length(mod, m, page):
    if has(mod, *CLINIC):
        assert m.madvise(mod.MADV_NORMAL, 0, None) is None
        assert m.madvise(mod.MADV_NORMAL, page, None) is None
    else:
        with raises(TypeError, "'NoneType' object cannot be interpreted as an integer"):
            m.madvise(mod.MADV_NORMAL, 0, None)


def test_madvise_start_out_of_bounds(mod, m):
    for start in (-1, -sys.maxsize - 1, len(m), sys.maxsize):
        with raises(ValueError, "madvise start out of bounds"):
            m.madvise(mod.MADV_NORMAL, start)


def test_madvise_negative_length(mod, m):
    for length in (-1, -sys.maxsize - 1):
        with raises(ValueError, "madvise length invalid"):
            m.madvise(mod.MADV_NORMAL, 0, length)


def test_madvise_length_too_large(mod, m, page):
    with raises(OverflowError, "madvise length too large"):
        m.madvise(mod.MADV_NORMAL, page, sys.maxsize)


def test_madvise_unaligned_start(mod, m):
    with raises_errno(errno.EINVAL):
        m.madvise(mod.MADV_NORMAL, 1)


def test_madvise_unknown_advice(m):
    for option in (12345678, -1):
        with raises_errno(errno.EINVAL):
            m.madvise(option)


@pytest.mark.parametrize(
    ("arguments", "kind", "text"),
    [
        (("0",), TypeError, "'str' object cannot be interpreted as an integer"),
        ((0.0,), TypeError, "'float' object cannot be interpreted as an integer"),
        ((None,), TypeError, "'NoneType' object cannot be interpreted as an integer"),
        ((0, 0.0), TypeError, "'float' object cannot be interpreted as an integer"),
        ((0, None), TypeError, "'NoneType' object cannot be interpreted as an integer"),
        ((0, 0, 0.0), TypeError, "'float' object cannot be interpreted as an integer"),
        ((0, 2**63), OverflowError, "Python int too large to convert to C ssize_t"),
        ((0, 0, 2**63), OverflowError, "Python int too large to convert to C ssize_t"),
    ],
)
def test_madvise_wrong_argument(m, arguments, kind, text):
    with raises(kind, text):
        m.madvise(*arguments)


def test_madvise_option_overflow(mod, m):
    if has(mod, *CLINIC):
        text = "Python int too large to convert to C int"
    else:
        text = "signed integer is greater than maximum"
    with raises(OverflowError, text):
        m.madvise(2**31)


def test_madvise_dontneed_file_keeps_bytes(mod, make_file, page):
    file = make_file(b"a" * page)
    m = mod.mmap(file.fileno(), 0)
    m[0] = ord("X")
    m.madvise(mod.MADV_DONTNEED)
    assert m[:2] == contents(file)[:2] == b"Xa"


def test_madvise_dontneed_copy_restores_file(mod, make_map, page):
    m = make_map(b"a" * page, access=mod.ACCESS_COPY)
    m[0] = ord("X")
    m.madvise(mod.MADV_DONTNEED)
    assert m[:2] == b"aa"


def test_madvise_dontneed_anonymous_zeroes(mod, page):
    m = mod.mmap(-1, 2 * page, flags=mod.MAP_PRIVATE)
    m[:] = b"a" * (2 * page)
    m.madvise(mod.MADV_DONTNEED, page)
    assert m[:] == b"a" * page + bytes(page)


def test_madvise_dontfork_returns_none(mod, page):
    assert mod.mmap(-1, page).madvise(mod.MADV_DONTFORK) is None


def test_madvise_read_only_map(mod, make_map):
    m = make_map(b"abc", access=mod.ACCESS_READ)
    assert m.madvise(mod.MADV_WILLNEED) is None
