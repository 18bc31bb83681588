"""find and rfind."""

import array
import itertools
import random

import pytest

from .support import CLINIC, Index, has, is_ironmap, needs, raises

DATA = b"one two ones\x00\xff"


@pytest.fixture
def m(make_map):
    return make_map(DATA)


def expected(mod, method, data, needle, start, end=None):
    """Returns the result of `bytes`, or of the stdlib module before 3.15.

    That one treats a start past the end as the end, and finds the empty needle there.
    """
    if not has(mod, 3, 15):
        start = min(start, len(data))
    return getattr(data, method)(needle, start, end)


@pytest.mark.parametrize("method", ["find", "rfind"])
def test_find_every_range(mod, m, method):
    needs(mod, 3, 11, 4)
    bounds = [*range(-len(DATA) - 2, len(DATA) + 3), 2**63 - 1, -(2**63)]
    needles = [b"one", b"o", b"", b"s\x00\xff", b"absent", DATA, DATA + b"x", b"\xff", b"\x00"]
    for needle, start in itertools.product(needles, bounds):
        wanted = expected(mod, method, DATA, needle, start)
        assert getattr(m, method)(needle, start) == wanted, (needle, start)
        for end in bounds:
            wanted = expected(mod, method, DATA, needle, start, end)
            assert getattr(m, method)(needle, start, end) == wanted, (needle, start, end)


@pytest.mark.parametrize("method", ["find", "rfind"])
def test_find_every_substring(make_map, method):
    data = b"aabaac\x00deef\x00\x00aa\x00"
    m = make_map(data)
    for start, end in itertools.combinations(range(len(data) + 1), 2):
        part = data[start:end]
        assert getattr(m, method)(part) == getattr(data, method)(part)
        assert getattr(m, method)(part + b"x") == -1


@pytest.mark.parametrize("method", ["find", "rfind"])
def test_find_random_text(make_map, page, method):
    chance = random.Random(7)
    data = bytes(chance.choices(b"ab\n", k=2 * page + 5))
    m = make_map(data)
    for _ in range(500):
        at = chance.randrange(len(data))
        needle = data[at : at + chance.choice([1, 2, 3, 8, 15, 16, 17, 33, 64, 300])]
        start, end = (chance.randrange(-10, len(data) + 10) for _ in range(2))
        assert getattr(m, method)(needle, 0) == getattr(data, method)(needle, 0)
        wanted = getattr(data, method)(needle, start, end)
        assert getattr(m, method)(needle, start, end) == wanted, (needle, start, end)


def test_find_over_page_boundary(make_map, page):
    data = bytearray(3 * page)
    data[page - 2 : page + 2] = b"over"
    data[2 * page - 1 : 2 * page + 3] = b"over"
    m = make_map(data)
    assert m.find(b"over") == page - 2
    assert m.rfind(b"over") == 2 * page - 1
    assert m.find(b"over", page - 1) == 2 * page - 1
    assert m.rfind(b"over", 0, 2 * page + 2) == page - 2


def test_find_at_last_byte(make_map, page):
    m = make_map(b"x" * page)
    m[-1] = ord("y")
    assert m.find(b"y") == m.rfind(b"y") == m.find(b"y", -1) == page - 1
    assert m.find(b"xy") == page - 2
    assert m.find(b"yx") == m.rfind(b"yx") == -1


def test_find_starts_at_position(m):
    m.seek(1)
    assert m.find(b"one") == 8
    assert m.rfind(b"one") == 8
    assert m.find(b"two") == 4
    assert m.find(b"") == 1
    assert m.rfind(b"") == len(DATA)
    m.seek(9)
    assert m.find(b"one") == m.rfind(b"one") == -1
    assert m.find(b"one", 0) == 0
    assert m.rfind(b"one", 0) == 8
    m.seek(0, 2)
    assert m.find(b"e") == m.rfind(b"e") == -1
    assert m.find(b"") == m.rfind(b"") == len(DATA)


def test_find_keeps_position(m):
    m.seek(3)
    m.find(b"one")
    m.rfind(b"one", 0, 9)
    assert m.tell() == 3


@pytest.mark.parametrize(
    "needle",
    [
        b"two",
        bytearray(b"two"),
        memoryview(b"-two-")[1:4],
        array.array("B", b"two"),
    ],
    ids=lambda needle: type(needle).__name__,
)
def test_find_needle_types(m, needle):
    assert m.find(needle) == m.rfind(needle) == 4


def test_find_needle_of_wide_items(m):
    assert m.find(array.array("H", b"two ")) == 4


def test_find_needle_is_map(mod, m):
    needle = mod.mmap(-1, 3)
    needle[:] = b"two"
    assert m.find(needle) == m.rfind(needle) == 4
    assert m.find(m) == m.rfind(m) == 0
    needle.close()


def test_find_index_bounds(m):
    assert m.find(b"one", Index(1), Index(11)) == 8
    assert m.rfind(b"one", True, Index(11)) == 8


@pytest.mark.parametrize("method", ["find", "rfind"])
@pytest.mark.parametrize(
    ("arguments", "kind", "text"),
    [
        (("one",), TypeError, "a bytes-like object is required, not 'str'"),
        ((111,), TypeError, "a bytes-like object is required, not 'int'"),
        ((None,), TypeError, "a bytes-like object is required, not 'NoneType'"),
        (
            (memoryview(b"abcd")[::2],),
            BufferError,
            "memoryview: underlying buffer is not C-contiguous",
        ),
        ((b"o", 1.0), TypeError, "'float' object cannot be interpreted as an integer"),
        ((b"o", "1"), TypeError, "'str' object cannot be interpreted as an integer"),
        ((b"o", 0, 1.0), TypeError, "'float' object cannot be interpreted as an integer"),
        ((b"o", 2**63), OverflowError, "Python int too large to convert to C ssize_t"),
        ((b"o", -(2**63) - 1), OverflowError, "Python int too large to convert to C ssize_t"),
        ((b"o", 0, 2**63), OverflowError, "Python int too large to convert to C ssize_t"),
    ],
)
def test_find_wrong_arguments(m, method, arguments, kind, text):
    m.seek(3)
    with raises(kind, text):
        getattr(m, method)(*arguments)
    assert m.tell() == 3


def test_find_none_bounds(mod, m):
    m.seek(1)
    if has(mod, *CLINIC):
        assert m.find(b"one", None) == m.find(b"one", None, None) == 8
        assert m.rfind(b"one", None) == m.rfind(b"one", None, None) == 8
        assert m.find(b"one", 0, None) == 0
        assert m.rfind(b"one", 0, None) == 8
    else:
        for arguments in ((None,), (0, None)):
            with raises(TypeError, "'NoneType' object cannot be interpreted as an integer"):
                m.find(b"one", *arguments)


def test_find_none_start_with_end(mod, m):
    # The documentation says "as in slice notation". The stdlib's source of late 2025
    # looks at the end only if there is a start.
    if not is_ironmap(mod):
        pytest.skip("the stdlib module ignores the end here, or takes no None at all")
    m.seek(1)
    assert m.find(b"one", None, 11) == 8
    assert m.find(b"one", None, 10) == m.rfind(b"one", None, 10) == -1


def test_find_every_access(mod, make_file):
    file = make_file(DATA)
    for access in range(4):
        m = mod.mmap(file.fileno(), 0, access=access)
        assert (m.find(b"two"), m.rfind(b"one")) == (4, 8)


def test_find_file_offset(mod, make_file, granularity):
    file = make_file(b"one" + bytes(granularity - 3) + DATA)
    m = mod.mmap(file.fileno(), 0, offset=granularity)
    assert (m.find(b"one"), m.rfind(b"one"), m.find(b"\xff")) == (0, 8, 13)


def test_find_ignores_file_past_map(mod, make_file, page):
    file = make_file(b"a" * (page - 1) + b"fo" + bytes(page))
    m = mod.mmap(file.fileno(), page)
    assert m.find(b"fo") == m.rfind(b"fo") == -1
    assert m.find(b"f") == page - 1


def test_find_sees_later_write(m):
    assert m.find(b"new") == -1
    m[0:3] = b"new"
    assert m.find(b"new") == 0
