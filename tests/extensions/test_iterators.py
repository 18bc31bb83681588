"""``find_all`` and ``lines``, and changes of the map between two steps."""

import gc
import io
import itertools
import random
import sys
import weakref

import pytest

import ironmap
from compat.support import CLOSED, Closing, raises, run_python

TEXT = b"one\n\ntwo and a half\r\nthree" + b"x" * 200 + b"\n\n\nlast"
ITERATORS = {"find_all": lambda m: m.find_all(b"\n"), "lines": lambda m: m.lines()}


@pytest.fixture(params=ITERATORS)
def iterate(request):
    return ITERATORS[request.param]


@pytest.fixture
def large():
    """Lines for several chunks of both iterators."""
    return b"".join(b"%d lines\n" % i for i in range(300_000))


def test_lines_valid_arguments_match_readlines(make_map):
    m = make_map(TEXT)
    m.seek(7)
    expected = io.BytesIO(TEXT).readlines()
    assert list(m.lines()) == list(m.lines(True)) == list(m.lines(start=None)) == expected
    assert (
        list(m.lines(False))
        == list(m.lines(keepends=0))
        == [line.removesuffix(b"\n") for line in expected]
    )
    assert m.tell() == 7


def test_lines_every_range(make_map):
    m = make_map(TEXT[:30])
    bounds = [None, *range(-33, 34), 1 << 100, -1 << 100]
    for start, stop in itertools.product(bounds, bounds):
        expected = io.BytesIO(TEXT[:30][start:stop]).readlines()
        assert list(m.lines(True, start, stop)) == expected, (start, stop)
        assert list(m.lines(start=start, end=stop)) == expected, (start, stop)


def test_lines_random_text(make_map):
    chance = random.Random(1)
    for letters in (b"\n", b"a\n", b"a" * 50 + b"\n", b"a" * 70_000 + b"\n"):
        data = bytes(chance.choices(letters, k=400_000))
        m = make_map(data)
        assert list(m.lines()) == io.BytesIO(data).readlines()
        assert list(m.lines(False)) == data.removesuffix(b"\n").split(b"\n")


@pytest.mark.parametrize("size", [(1 << 20) - 1, 1 << 20, 6 << 20])
def test_lines_long_line(make_map, size):
    data = b"short\n" + b"y" * size + b"\n" + b"end"
    m = make_map(data)
    assert list(m.lines()) == [b"short\n", data[6:-3], b"end"]
    assert [len(line) for line in m.lines(False)] == [5, size, 3]


def test_lines_wrong_arguments_refused(make_map):
    m = make_map(TEXT)
    with raises(TypeError, "lines() takes at most 3 positional arguments (4 given)"):
        m.lines(1, 2, 3, 4)
    with raises(TypeError, "lines() got an unexpected keyword argument 'stop'"):
        m.lines(stop=3)
    with raises(TypeError, "argument for lines() given by name ('start') and position (2)"):
        m.lines(True, 2, start=2)
    with pytest.raises(TypeError, match="slice indices must be integers"):
        m.lines(start="2")
    with raises(ValueError, CLOSED):
        m.lines(start=Closing(0, m))


def test_find_all_arguments(make_map):
    m = make_map(TEXT)
    with raises(TypeError, "find_all expected at least 1 argument, got 0"):
        m.find_all()
    with raises(TypeError, "find_all expected at most 3 arguments, got 4"):
        m.find_all(b"x", 0, 1, True)
    with raises(TypeError, "find_all() takes what to find by position, not by name"):
        m.find_all(sub=b"x")
    assert [*m.find_all(b"\n", start=1, end=30)] == [*m.find_all(b"\n", 1, 30)]
    with raises(TypeError, "find_all() got an unexpected keyword argument 'overlap'"):
        m.find_all(b"x", overlap=True)
    with raises(TypeError, "argument should be integer or bytes-like object, not 'str'"):
        m.find_all("x")
    with raises(ValueError, CLOSED):
        m.find_all(b"x", Closing(0, m))


def test_iterator_exhausted_stays_exhausted(make_map, iterate):
    iterator = iterate(make_map(TEXT))
    assert iter(iterator) is iterator
    next(iterator)
    assert len(list(iterator)) == len(list(iterate(make_map(TEXT)))) - 1
    assert next(iterator, "end") == next(iterator, "end") == "end"
    assert type(iterator).__name__ in repr(iterator)


def test_iterator_map_closed(make_map, iterate, large):
    for steps in (0, 1, 100_000):
        m = make_map(large)
        iterator = iterate(m)
        for _ in range(steps):
            next(iterator)
        m.close()
        with raises(ValueError, CLOSED):
            next(iterator)


def test_iterator_map_shrinks(make_map, large):
    for steps in (0, 1, 5, 100_000):
        m = make_map(large)
        places, lines = m.find_all(b"\n"), m.lines()
        position = 0
        for _ in range(steps):
            next(places)
            position += len(next(lines))
        m.resize(100)
        assert list(places) == list(m.find_all(b"\n"))[steps:]
        # A line that was read ahead is read again if it has changed.
        assert list(lines) == (list(m.lines(start=position)) if position < 100 else [])


def test_find_all_map_shrinks_inside_match(make_map):
    m = make_map(b"needle" * 100)
    places = m.find_all(b"needle")
    assert next(places) == 0
    m.resize(15)
    assert list(places) == [6]


@pytest.mark.parametrize("length", [1 << 20, (1 << 20) + 1, 5 << 20, 40 << 20])
def test_lines_of_many_megabytes(make_map, length):
    content = b"short\n" + b"x" * (length - 1) + b"\nshort\n" + b"y" * length
    m = make_map(content)
    assert list(m.lines()) == content.splitlines(keepends=True)
    assert list(m.lines(keepends=False)) == content.splitlines()
    assert list(m.lines(start=3, end=length)) == content[3:length].splitlines(keepends=True)


def test_iterator_map_grows(make_map, iterate, large):
    m = make_map(large)
    iterator = iterate(m)
    expected = list(iterate(m))
    assert next(iterator) == expected[0]
    m.resize(2 * len(large))
    assert list(iterator) == expected[1:]


def test_iterator_sees_later_write(make_map, large):
    m = make_map(large)
    places, lines = m.find_all(b"#"), m.lines()
    next(lines)
    m[-100:-99] = b"#"
    assert list(places) == [len(m) - 100]
    assert b"#" in b"".join(lines)


def test_iterator_keeps_map_alive(make_map, iterate):
    m = make_map(TEXT)
    iterator = iterate(m)
    next(iterator)
    known = weakref.ref(m)
    del m
    assert known() is not None
    assert len(list(iterator)) > 3
    del iterator
    gc.collect()
    assert known() is None


def test_iterator_gc_collects_cycle(iterate):
    class Map(ironmap.mmap):
        pass

    m = Map(-1, 10)
    m.iterator = iterate(m)
    known = weakref.ref(m)
    del m
    gc.collect()
    assert known() is None


@pytest.mark.skipif(sys.platform != "linux", reason="the unit of ru_maxrss is Linux's")
def test_find_all_memory_use():
    code = """
import resource
m = mmap.mmap(-1, 40 << 20)
assert m.count(0) == len(m)
before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
assert sum(1 for _ in m.find_all(0)) == len(m)
print(resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before)
"""
    result = run_python(ironmap, code)
    # A list of them takes 320 MiB.
    assert int(result.stdout) < 40 << 10, result.stderr


def test_find_all_overlapping_truth_value(make_map):
    m = make_map(b"aaaa")
    assert list(m.find_all(b"aa", overlapping=[])) == [0, 2]
    assert list(m.find_all(b"aa", overlapping="yes")) == [0, 1, 2]
    assert list(m.find_all(b"aa", 1, overlapping=True)) == [1, 2]
    assert list(m.find_all(b"", overlapping=True)) == [0, 1, 2, 3, 4]
