"""Wrong numbers of arguments, and keywords for positional-only parameters."""

import pytest

from .support import CLINIC, has, needs, raises, unix_only

MADVISE = unix_only("Windows has no madvise")


@pytest.fixture
def m(make_map):
    return make_map(b"abcdef")


@pytest.mark.parametrize(
    ("method", "count", "text"),
    [
        ("find", 0, "find expected at least 1 argument, got 0"),
        ("find", 4, "find expected at most 3 arguments, got 4"),
        ("rfind", 0, "rfind expected at least 1 argument, got 0"),
        ("rfind", 4, "rfind expected at most 3 arguments, got 4"),
        ("move", 0, "move expected 3 arguments, got 0"),
        ("move", 2, "move expected 3 arguments, got 2"),
        ("move", 4, "move expected 3 arguments, got 4"),
        ("seek", 0, "seek expected at least 1 argument, got 0"),
        ("seek", 3, "seek expected at most 2 arguments, got 3"),
        ("read", 2, "read expected at most 1 argument, got 2"),
        pytest.param("madvise", 0, "madvise expected at least 1 argument, got 0", marks=MADVISE),
        pytest.param("madvise", 4, "madvise expected at most 3 arguments, got 4", marks=MADVISE),
        ("write", 0, "mmap.write() takes exactly one argument (0 given)"),
        ("write", 2, "mmap.write() takes exactly one argument (2 given)"),
        ("write_byte", 0, "mmap.write_byte() takes exactly one argument (0 given)"),
        ("write_byte", 2, "mmap.write_byte() takes exactly one argument (2 given)"),
        ("resize", 0, "mmap.resize() takes exactly one argument (0 given)"),
        ("resize", 2, "mmap.resize() takes exactly one argument (2 given)"),
    ],
)
def test_wrong_argument_count(mod, m, method, count, text):
    if has(mod, *CLINIC):
        with raises(TypeError, text):
            getattr(m, method)(*[0] * count)
    else:
        with pytest.raises(TypeError):
            getattr(m, method)(*[0] * count)
    assert m.tell() == 0


@pytest.mark.parametrize("method", ["close", "read_byte", "readline", "size", "tell", "__enter__"])
def test_no_argument_methods_refuse_one(m, method):
    with raises(TypeError, f"mmap.{method}() takes no arguments (1 given)"):
        getattr(m, method)(0)
    assert m.tell() == 0
    assert not m.closed


def test_flush_too_many_arguments(mod, m):
    if has(mod, 3, 15):
        with raises(TypeError, "flush() takes at most 2 positional arguments (3 given)"):
            m.flush(0, 0, 0)
    else:
        with pytest.raises(TypeError):
            m.flush(0, 0, 0)


@unix_only("Windows has no set_name")
def test_set_name_missing_argument(mod, m):
    needs(mod, 3, 15)
    with raises(TypeError, "mmap.set_name() takes exactly one argument (0 given)"):
        m.set_name()


def test_seekable_refuses_argument(mod, m):
    needs(mod, 3, 13)
    with raises(TypeError, "mmap.seekable() takes no arguments (1 given)"):
        m.seekable(0)


@pytest.mark.parametrize(
    ("method", "arguments", "keyword"),
    [
        ("find", (b"x",), "start"),
        ("rfind", (b"x",), "end"),
        pytest.param("madvise", (0,), "start", marks=MADVISE),
        ("move", (0, 0), "count"),
        ("read", (), "n"),
        ("read_byte", (), "n"),
        ("readline", (), "n"),
        ("resize", (), "newsize"),
        ("seek", (0,), "whence"),
        ("size", (), "n"),
        ("tell", (), "n"),
        ("close", (), "n"),
        ("write", (), "bytes"),
        ("write_byte", (), "byte"),
    ],
)
def test_keywords_of_positional_methods_refused(mod, m, method, arguments, keyword):
    with pytest.raises(TypeError) as caught:
        getattr(m, method)(*arguments, **{keyword: 0})
    if has(mod, *CLINIC):
        assert str(caught.value) == f"mmap.{method}() takes no keyword arguments"
    assert not m.closed


@pytest.mark.parametrize("keyword", ["offset", "size", "bogus"])
def test_flush_unknown_keywords(m, keyword):
    with pytest.raises(TypeError):
        m.flush(**{keyword: 0})


def test_index_error_propagates(mod, m):
    class Broken:
        def __index__(self):
            raise KeyError("broken")

    m.seek(2)
    calls = [
        lambda: m.read(Broken()),
        lambda: m.seek(Broken()),
        lambda: m.seek(0, Broken()),
        lambda: m.find(b"c", Broken()),
        lambda: m.find(b"c", 0, Broken()),
        lambda: m.move(Broken(), 0, 0),
        lambda: m.move(0, 0, Broken()),
        lambda: m.flush(Broken(), 0),
        lambda: m.flush(0, Broken()),
        lambda: m.resize(Broken()),
        lambda: m.write_byte(Broken()),
        lambda: m.__setitem__(Broken(), 0),
        lambda: m.__setitem__(0, Broken()),
        lambda: mod.mmap(Broken(), 1),
    ]
    if hasattr(m, "madvise"):
        calls += [lambda: m.madvise(Broken()), lambda: m.madvise(0, 0, Broken())]
    for call in calls:
        with raises(KeyError, "'broken'"):
            call()
    assert m.tell() == 2
    assert m[:] == b"abcdef"


def test_unbound_method_wrong_self(mod, m):
    with pytest.raises(TypeError):
        mod.mmap.read(b"no map")
    with pytest.raises(TypeError):
        mod.mmap.read()
    assert mod.mmap.read(m, 3) == b"abc"


def test_new_wrong_type(mod):
    with raises(TypeError, "mmap.mmap.__new__(): not enough arguments"):
        mod.mmap.__new__()
    with raises(TypeError, "mmap.mmap.__new__(int): int is not a subtype of mmap.mmap"):
        mod.mmap.__new__(int, -1, 5)
    assert isinstance(mod.mmap.__new__(mod.mmap, -1, 5), mod.mmap)
