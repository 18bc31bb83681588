"""operations.py has an operation for each method and function."""

import inspect

import ironmap
from ironmap import _extended_map, _ironmap, _open, _part, _shared

from .operations import OPERATIONS

# Attributes that Python gives each class, and those that are not called.
PYTHONS = {
    "__doc__",
    "__module__",
    "__slots__",
    "__signature__",
    "__annotations__",
    "__new__",
    "_origin",
    "_opened_as",
    "_tag",
    "_identity",
}


def methods():
    """Yields the methods of each class, except those that Python gives it."""
    m = ironmap.mmap(-1, 1)
    yield from vars(ironmap.mmap).keys() - PYTHONS
    for class_ in (_open.FileMap, _shared.SharedMap):
        yield from (f"{class_.__name__}.{name}" for name in vars(class_).keys() - PYTHONS)
        yield f"{class_.__name__}.__new__"
    yield from (f"FileMap.{name}" for name in vars(_extended_map.ExtendedMap).keys() - PYTHONS)
    fields = _part.Part.__dataclass_fields__.keys()
    yield from (f"Part.{name}" for name in vars(_part.Part).keys() - fields if name[0] != "_")
    needles = ironmap.Needles([b"x"])
    lines = m.lines(), m.lines(matching=b"x")
    for iterator in (m.find_all(b"x"), m.find_all(needles), *lines):
        class_ = type(iterator)
        yield from (f"{class_.__name__}.{name}" for name in vars(class_).keys() - PYTHONS)
    yield "__buffer__"


def functions():
    """Returns the functions of the package and of the extension."""
    names = [name for name in ironmap.__dir__() if inspect.isroutine(getattr(ironmap, name))]
    names += [name for name in dir(_ironmap) if inspect.isroutine(getattr(_ironmap, name))]
    return {*names, "mmap"} - {"__dir__", "__getattr__"}


def about(name):
    """Returns the method or function at the beginning of an operation's name."""
    return name.split()[0].rstrip(",")


def test_operations_cover_methods():
    have = {about(name) for name in OPERATIONS}
    assert set(methods()) - have == set()


def test_operations_cover_functions():
    have = {about(name) for name in OPERATIONS}
    # A private function is called by a public one of the same name.
    missing = {name for name in functions() - have if name.removeprefix("_") not in have}
    assert missing == set()


def test_operations_name_existing_methods():
    known = {*methods(), *functions(), *(name.removeprefix("_") for name in functions())}
    assert {about(name) for name in OPERATIONS} - known == set()


def test_missing_operation_found(monkeypatch):
    monkeypatch.setattr(_open.FileMap, "planted", lambda self: None, raising=False)
    assert "FileMap.planted" in set(methods()) - {about(name) for name in OPERATIONS}
