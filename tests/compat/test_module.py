"""The module itself: names, constants, signatures, docstrings."""

import inspect
import mmap as stdlib
import sys

import pytest

from .support import is_ironmap, needs, unix_only

METHODS = {
    "close": "()",
    "find": "(view, start=None, end=None, /)",
    "rfind": "(view, start=None, end=None, /)",
    "flush": "(offset=0, size=-1, /, *, flags=0)",
    "madvise": "(option, start=0, length=None, /)",
    "move": "(dest, src, count, /)",
    "read": "(n=None, /)",
    "read_byte": "()",
    "readline": "()",
    "resize": "(newsize, /)",
    "seek": "(pos, whence=0, /)",
    "seekable": "()",
    "set_name": "(name, /)",
    "size": "()",
    "tell": "()",
    "write": "(bytes, /)",
    "write_byte": "(byte, /)",
    "__enter__": "()",
    "__exit__": "(exc_type, exc_value, traceback, /)",
}

# Windows has no such methods.
if sys.platform == "win32":
    del METHODS["madvise"], METHODS["set_name"]

STDLIB_NAMES = [name for name in dir(stdlib) if not name.startswith("_")]
STDLIB_CONSTANTS = [name for name in STDLIB_NAMES if isinstance(getattr(stdlib, name), int)]


@pytest.mark.parametrize("name", STDLIB_NAMES)
def test_module_has_stdlib_names(mod, name):
    assert hasattr(mod, name)


@pytest.mark.parametrize("name", STDLIB_CONSTANTS)
def test_constants_equal_stdlib(mod, name):
    assert type(getattr(mod, name)) is int
    assert getattr(mod, name) == getattr(stdlib, name)


def test_mmap_has_stdlib_methods(mod):
    assert set(dir(stdlib.mmap)) - set(dir(mod.mmap)) == set()


def test_constants_of_every_system(mod):
    assert (mod.ACCESS_DEFAULT, mod.ACCESS_READ, mod.ACCESS_WRITE, mod.ACCESS_COPY) == (0, 1, 2, 3)
    assert mod.PAGESIZE > 0
    assert mod.ALLOCATIONGRANULARITY % mod.PAGESIZE == 0


@unix_only("Windows has no flags and no prot")
def test_constants_of_unix(mod):
    assert (mod.PROT_READ, mod.PROT_WRITE, mod.PROT_EXEC) == (1, 2, 4)
    assert (mod.MAP_SHARED, mod.MAP_PRIVATE) == (1, 2)


@pytest.mark.skipif(sys.platform != "linux", reason="the values are Linux's")
def test_constants_of_python_3_15(mod):
    needs(mod, 3, 15)
    assert (mod.MS_ASYNC, mod.MS_INVALIDATE, mod.MS_SYNC) == (1, 2, 4)
    assert mod.MAP_NORESERVE == 0x4000


def test_error_is_oserror(mod):
    assert mod.error is OSError


def test_module_has_no_all(mod):
    assert not hasattr(mod, "__all__")


def test_star_import_binds_public_names(mod):
    names: dict[str, object] = {}
    exec(f"from {mod.__name__} import *", names)
    assert names["mmap"] is mod.mmap
    assert names["PAGESIZE"] == mod.PAGESIZE


@pytest.mark.parametrize("name", METHODS)
def test_method_signature_equals_stdlib(mod, name):
    needs(mod, 3, 15)
    method = getattr(mod.mmap(-1, 1), name)
    assert str(inspect.signature(method)) == METHODS[name]
    unbound = getattr(mod.mmap, name)
    assert list(inspect.signature(unbound).parameters)[0] == "self"


@pytest.mark.parametrize("name", METHODS)
def test_method_docstring_is_not_empty(mod, name):
    if not is_ironmap(mod):
        pytest.skip("most methods of the stdlib class have no docstring")
    assert inspect.getdoc(getattr(mod.mmap, name))


def test_closed_docstring_is_not_empty(mod):
    if not is_ironmap(mod):
        pytest.skip("the stdlib attribute has no docstring")
    assert inspect.getdoc(mod.mmap.closed)


def test_class_docstring_names_arguments(mod):
    own = ("tagname",) if sys.platform == "win32" else ("flags", "prot")
    for word in ("fileno", "length", *own, "access", "offset"):
        assert word in mod.mmap.__doc__


def test_module_docstring_is_not_empty(mod):
    if not is_ironmap(mod):
        pytest.skip("the stdlib module has no docstring")
    assert mod.__doc__
