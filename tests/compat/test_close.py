"""Closing a map, and operations on a closed one."""

import ctypes
import sys

import pytest

from .support import (
    CLINIC,
    CLOSED,
    CONVERTED_FIRST,
    READONLY,
    contents,
    has,
    needs,
    raises,
    unix_only,
)

CALLS = {
    "__enter__": (),
    "find": (b"x",),
    "rfind": (b"x",),
    "flush": (),
    "madvise": (0,),
    "move": (0, 0, 0),
    "read": (),
    "read_byte": (),
    "readline": (),
    "resize": (1,),
    "seek": (0,),
    "size": (),
    "tell": (),
    "write": (b"x",),
    "write_byte": (0,),
}

if sys.platform == "win32":
    del CALLS["madvise"]

# Arguments of a wrong type, which methods refuse before they look at the map.
WRONG_ARGUMENTS = {
    "find": ("text",),
    "rfind": ("text",),
    "flush": ("text",),
    "madvise": ("text",),
    "move": (0, 0, "text"),
    "read": ("text",),
    "resize": ("text",),
    "seek": ("text",),
    "write": ("text",),
    "write_byte": ("text",),
}

if sys.platform == "win32":
    del WRONG_ARGUMENTS["madvise"]


@pytest.fixture
def closed(make_map):
    m = make_map(b"abcdef")
    m.close()
    return m


def test_close_sets_closed(make_map):
    m = make_map(b"abcdef")
    assert m.closed is False
    assert m.close() is None
    assert m.closed is True


def test_close_twice_returns_none(closed):
    assert closed.close() is None
    assert closed.closed is True


def test_close_leaves_file_open(mod, make_file):
    file = make_file(b"abcdef")
    mod.mmap(file.fileno(), 0).close()
    assert file.read() == b"abcdef"


def test_close_keeps_written_bytes(mod, make_file):
    file = make_file(b"abcdef")
    m = mod.mmap(file.fileno(), 0)
    m[:3] = b"XYZ"
    m.close()
    assert contents(file) == b"XYZdef"


@pytest.mark.parametrize("method", CALLS)
def test_methods_closed_map(closed, method):
    with raises(ValueError, CLOSED):
        getattr(closed, method)(*CALLS[method])


@unix_only("Windows has no set_name")
def test_set_name_closed_map(mod, closed):
    needs(mod, 3, 15)
    with raises(ValueError, "Cannot set annotation on non-anonymous mappings"):
        closed.set_name("name")
    anonymous = mod.mmap(-1, 5)
    anonymous.close()
    assert anonymous.set_name("name") is None


@pytest.mark.parametrize("method", WRONG_ARGUMENTS)
def test_wrong_arguments_closed_map(mod, closed, method):
    expected = TypeError if has(mod, *CLINIC) else ValueError
    with pytest.raises(expected):
        getattr(closed, method)(*WRONG_ARGUMENTS[method])


def test_seekable_closed_map(mod, closed):
    needs(mod, 3, 13)
    assert closed.seekable() is True


@pytest.mark.parametrize(
    "operation",
    [
        len,
        bool,
        bytes,
        memoryview,
        list,
        lambda m: next(iter(m)),
        lambda m: list(reversed(m)),
        lambda m: b"a" in m,
        lambda m: m[0],
        lambda m: m[99],
        lambda m: m["no index"],
        lambda m: m[:],
        lambda m: m[::-1],
        lambda m: m.__setitem__(0, 1),
        lambda m: m.__setitem__(slice(None), b"abcdef"),
        ctypes.c_char.from_buffer,
    ],
)
def test_operators_closed_map(closed, operation):
    with raises(ValueError, CLOSED):
        operation(closed)


@pytest.mark.parametrize(
    ("operation", "text"),
    [
        (lambda m: m.__setitem__(0, "no int"), "mmap item value must be an int"),
        (lambda m: m.__setitem__("no index", 1), "mmap indices must be integer"),
        (lambda m: m.__delitem__(0), "mmap doesn't support item deletion"),
        (lambda m: m.__delitem__(slice(None)), "mmap object doesn't support slice deletion"),
    ],
)
def test_wrong_store_closed_map(mod, closed, operation, text):
    converted_first = has(mod, *CONVERTED_FIRST)
    with raises(*((TypeError, text) if converted_first else (ValueError, CLOSED))):
        operation(closed)


def test_store_closed_readonly_map(mod, make_map):
    m = make_map(b"abcdef", access=mod.ACCESS_READ)
    m.close()
    converted_first = has(mod, *CONVERTED_FIRST)
    with raises(*((TypeError, READONLY) if converted_first else (ValueError, CLOSED))):
        m[0] = 1


def test_repr_hash_eq_iter_closed_map(closed):
    assert repr(closed) == "<mmap.mmap closed=True>"
    assert hash(closed) == hash(closed)
    assert closed == closed
    iter(closed)


def test_exit_closes_map(make_map):
    m = make_map(b"abcdef")
    with m as entered:
        assert entered is m
        assert not m.closed
    assert m.closed


def test_exit_propagates_exception(make_map):
    m = make_map(b"abcdef")
    with raises(KeyError, "'mine'"), m:
        raise KeyError("mine")
    assert m.closed


def test_enter_twice_closes_map(make_map):
    m = make_map(b"abcdef")
    with m, m:
        pass
    assert m.closed


def test_exit_closed_map(closed):
    assert closed.__exit__(None, None, None) is None


def test_exit_missing_arguments(mod, make_map):
    m = make_map(b"abcdef")
    if has(mod, *CLINIC):
        with raises(TypeError, "__exit__ expected 3 arguments, got 0"):
            m.__exit__()
        assert not m.closed
    else:
        m.__exit__()
        assert m.closed


def test_close_exported_buffer_refused(make_map):
    m = make_map(b"abcdef")
    view = memoryview(m)
    with raises(BufferError, "cannot close exported pointers exist"):
        m.close()
    with raises(BufferError, "cannot close exported pointers exist"):
        m.__exit__(None, None, None)
    assert not m.closed
    assert view.tobytes() == m[:] == b"abcdef"
    view.release()
    m.close()
    assert m.closed


def test_exit_exported_buffer_refused(make_map):
    with raises(BufferError, "cannot close exported pointers exist"):
        with make_map(b"abcdef") as m:
            view = memoryview(m)
    assert not m.closed
    view.release()


def test_close_needs_every_export_released(make_map):
    m = make_map(b"abcdef")
    views = [memoryview(m), memoryview(m)]
    views.append(views[0][2:])
    while views:
        with raises(BufferError, "cannot close exported pointers exist"):
            m.close()
        views.pop().release()
    m.close()


def test_close_after_failed_calls(make_map):
    m = make_map(b"abcdef")
    with pytest.raises(TypeError):
        m.find("text")
    with pytest.raises(IndexError):
        m[0:2] = m
    with pytest.raises(ValueError):
        m.write(bytes(7))
    m.close()


def test_iter_next_closed_map(make_map):
    m = make_map(b"abcdef")
    iterator = iter(m)
    assert next(iterator) == b"a"
    m.close()
    with raises(ValueError, CLOSED):
        next(iterator)
