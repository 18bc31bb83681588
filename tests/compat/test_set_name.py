"""set_name: the name of an anonymous map in /proc."""

import sys

import pytest

from .support import needs, raises


@pytest.fixture(autouse=True)
def newest(mod):
    needs(mod, 3, 15)
    if not sys.platform.startswith("linux"):
        pytest.skip("maps have names on Linux only")


def test_set_name_anonymous(mod):
    m = mod.mmap(-1, 8)
    assert m.set_name("a name") is None
    assert m.set_name("") is None
    assert m.set_name("another name") is None
    assert m[:] == bytes(8)


@pytest.mark.parametrize("name", ["x" * 67, "x" * 1000, "é" * 34])
def test_set_name_too_long(mod, name):
    m = mod.mmap(-1, 8)
    with raises(ValueError, "name is too long"):
        m.set_name(name)


@pytest.mark.parametrize("name", ["x" * 66, "é" * 33])
def test_set_name_longest(mod, name):
    # The kernel can refuse names that are not ASCII; that is no error.
    assert mod.mmap(-1, 8).set_name(name) is None


def test_set_name_null_character(mod):
    with raises(ValueError, "embedded null character"):
        mod.mmap(-1, 8).set_name("a\0b")


@pytest.mark.parametrize(("name", "kind"), [(b"name", "bytes"), (5, "int"), (None, "None")])
def test_set_name_wrong_type(mod, name, kind):
    with raises(TypeError, f"set_name() argument must be str, not {kind}"):
        mod.mmap(-1, 8).set_name(name)


@pytest.mark.parametrize("access", range(4))
def test_set_name_file_map_refused(make_map, access):
    m = make_map(b"abcdef", access=access)
    with raises(ValueError, "Cannot set annotation on non-anonymous mappings"):
        m.set_name("name")


def test_set_name_checks_length_first(make_map):
    with raises(ValueError, "name is too long"):
        make_map(b"abcdef").set_name("x" * 67)
