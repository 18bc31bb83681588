"""Search methods that behave as those of ``bytes``."""

import itertools
import random
import sys

import pytest

import ironmap
from compat.support import CLOSED, Closing, Index, raises

DATA = b"one two ones\x00\xff"
BOUNDS = [
    None,
    *range(-len(DATA) - 2, len(DATA) + 3),
    sys.maxsize,
    -sys.maxsize - 1,
    1 << 100,
    -1 << 100,
]
NEEDLES = [
    b"one",
    b"o",
    b"",
    b"s\x00\xff",
    b"absent",
    DATA,
    DATA + b"x",
    b"\xff",
    bytearray(b"ne"),
    0,
    255,
]
METHODS = ["count", "index", "rindex", "startswith", "endswith"]


def outcome(call, *arguments):
    """Returns the result of a call, or the error that it raises."""
    try:
        return call(*arguments)
    except Exception as error:
        return type(error), str(error)


def agree(m, data, method, *arguments):
    expected = outcome(getattr(data, method), *arguments)
    assert outcome(getattr(m, method), *arguments) == expected, (method, arguments)


def naive_find_all(data, needle, start, end, apart):
    places = []
    if start <= end:
        at = data.find(needle, start, end)
        while at >= 0:
            places.append(at)
            at = data.find(needle, at + apart, end)
    return places


def naive_find_any(data, needles, start, end):
    for at in range(start, end + 1):
        for which, needle in enumerate(needles):
            if data.startswith(needle, at, end):
                return at, which
    return None


@pytest.fixture
def m(make_map):
    return make_map(DATA)


@pytest.mark.parametrize("method", METHODS)
def test_bytes_methods_every_range(m, method):
    m.seek(5)
    for needle in NEEDLES:
        if isinstance(needle, int) and method.endswith("with"):
            continue
        agree(m, DATA, method, needle)
        for start in BOUNDS:
            agree(m, DATA, method, needle, start)
            for end in BOUNDS:
                agree(m, DATA, method, needle, start, end)
    assert m.tell() == 5


@pytest.mark.parametrize("method", METHODS)
def test_bytes_methods_wrong_arguments(m, method):
    wrong = ["text", None, 7.5, [b"one"], object(), 256, -1, 1 << 100]
    for argument in wrong:
        if not (isinstance(argument, int) and method.endswith("with")):
            agree(m, DATA, method, argument)
    for bound in ("0", 1.5, b"0"):
        agree(m, DATA, method, b"one", bound)
        agree(m, DATA, method, b"one", 0, bound)
    for arguments in ((), (b"one", 1, 2, 3)):
        with pytest.raises(TypeError):
            getattr(m, method)(*arguments)
    with pytest.raises(TypeError):
        getattr(m, method)(sub=b"one")


@pytest.mark.parametrize("method", ["startswith", "endswith"])
def test_startswith_tuple_matches_bytes(m, method):
    for fixes in [
        (),
        (b"one",),
        (b"x", b"one"),
        (b"x", bytearray(b"\xff")),
        (b"", 7),
        (b"x", "text"),
        7,
    ]:
        agree(m, DATA, method, fixes)
        agree(m, DATA, method, fixes, 8, -2)


@pytest.mark.parametrize("method", METHODS)
def test_bytes_methods_argument_closes_map(make_map, method):
    m = make_map(DATA)
    with raises(ValueError, CLOSED):
        getattr(m, method)(b"one", Closing(0, m))
    assert getattr(make_map(DATA), method)(b"two", Index(4), Index(7))


def test_bytes_methods_random_text(make_map):
    chance = random.Random(7)
    data = bytes(chance.choices(b"ab\n", k=9000))
    m = make_map(data)
    for _ in range(400):
        at = chance.randrange(len(data))
        needle = data[at : at + chance.choice([1, 2, 3, 8, 17, 64, 300])]
        start, end = (chance.randrange(-10, len(data) + 10) for _ in range(2))
        for method in METHODS:
            agree(m, data, method, needle, start, end)
            agree(m, data, method, needle, at)
            agree(m, data, method, needle, start, at + len(needle))
        start, end, _ = slice(start, end).indices(len(data))
        for overlapping in (False, True):
            apart = 1 if overlapping else len(needle)
            expected = naive_find_all(data, needle, start, end, apart)
            assert list(m.find_all(needle, start, end, overlapping=overlapping)) == expected


def test_find_all_every_range(m):
    for needle, start, end in itertools.product(NEEDLES, BOUNDS, BOUNDS):
        sought = bytes([needle]) if isinstance(needle, int) else needle
        first, last, _ = slice(start, end).indices(len(DATA))
        if start is not None and start > len(DATA):
            first = start
        expected = naive_find_all(DATA, sought, first, last, max(len(sought), 1))
        assert list(m.find_all(needle, start, end)) == expected, (needle, start, end)


def test_find_any_random_needles(make_map):
    chance = random.Random(9)
    data = bytes(chance.choices(b"abc", k=300))
    m = make_map(data)
    for _ in range(2000):
        needles = [
            bytes(chance.choices(b"abcd", k=chance.randrange(9)))
            for _ in range(chance.randrange(5))
        ]
        start, end = sorted(chance.randrange(len(data) + 1) for _ in range(2))
        assert m.find_any(needles, start, end) == naive_find_any(data, needles, start, end)


def test_find_any_large_map(make_map):
    chance = random.Random(5)
    data = bytearray(chance.choices(b"abc\n", k=6 << 20))
    words = [b"needle", b"a needle in it that is longer", b"NEEDLE", 0]
    m = make_map(data)
    assert m.find_any(words) is None
    for at in (0, 65_500, 65_520, 1 << 20, (6 << 20) - 6):
        m[:] = data
        m[at : at + 6] = b"needle"
        assert m.find_any(words) == (at, 0)
        assert m.find_any(words, at + 1) is None
        assert m.find_any(reversed(words), -len(m)) == (at, 3)
        if 2 <= at < (6 << 20) - 40:
            m[at - 2 : at + 27] = words[1]
            assert m.find_any(words) == (at - 2, 1)


def test_find_any_arguments(m):
    with raises(TypeError, "find_any() argument must be an iterable of needles, not bytes"):
        m.find_any(b"one")
    with pytest.raises(TypeError):
        m.find_any("one")
    with pytest.raises(TypeError):
        m.find_any(7)
    with raises(TypeError, "argument should be integer or bytes-like object, not 'str'"):
        m.find_any([b"one", "two"])
    with raises(ValueError, "byte must be in range(0, 256)"):
        m.find_any([256])
    assert m.find_any([0xFF, 0]) == (12, 1)
    assert m.find_any((b"absent", memoryview(b"two")), -100, 100) == (4, 1)
    assert m.find_any([]) is None
    assert m.find_any([b""], 20) is None
    assert m.find_any([b"two"], 5) is None

    def closing():
        yield b"one"
        m.close()

    with raises(ValueError, CLOSED):
        m.find_any(closing())


def test_bytes_methods_large_map(make_map):
    chance = random.Random(3)
    line = bytes(chance.choices(b"abcdefgh \n", k=997))
    data = line * 20_000 + b"end"
    m = make_map(data)
    m.seek(1 << 20)
    for needle in (b"\n", b"ab", line[:40], b"end", b"absent", b"xx" * 10):
        for method in METHODS:
            agree(m, data, method, needle)
            agree(m, data, method, needle, 1000, -7)
        expected = naive_find_all(data, needle, 0, len(data), len(needle))
        assert list(m.find_all(needle)) == expected
    assert m.startswith(data) and m.endswith(data)
    assert not m.startswith(data[:-1] + b"x")
    assert m.tell() == 1 << 20


def test_count_overridden_in_subclass(tmp_path):
    class Log(ironmap.mmap):
        def count(self, *arguments):
            return -super().count(*arguments)

    m = Log(-1, 10)
    assert (m.count(b"\0"), m.index(0), [*m.find_all(b"\0\0")]) == (-10, 0, [0, 2, 4, 6, 8])


def test_count_and_find_any_take_bounds_by_name(make_map):
    m = make_map(DATA)
    assert m.count(b"o", start=3) == DATA.count(b"o", 3)
    assert m.count(b"o", 1, end=-5) == DATA.count(b"o", 1, -5)
    assert m.find_any([b"one"], start=1) == (8, 0)
    assert m.find_any([b"one"], end=3) == (0, 0)
    for method in ("count", "find_any"):
        with raises(TypeError, f"{method} expected at least 1 argument, got 0"):
            getattr(m, method)(start=3)
        with raises(TypeError, f"{method} expected at most 3 arguments, got 4"):
            getattr(m, method)(b"x", 0, 1, 2)
