"""A map of ``ironmap.open`` behaves like one of the constructor."""

import copy
import gc
import io
import pickle
import sys
import weakref

import pytest

import ironmap
from compat.support import raises
from ironmap._ironmap import _absent_map, _map_file

BYTES = bytes(i % 251 for i in range(3 * ironmap.PAGESIZE + 10))


@pytest.fixture
def path(tmp_path):
    path = tmp_path / "data"
    path.write_bytes(BYTES)
    return path


def test_file_map_not_made_by_open():
    m = ironmap.mmap.__new__(ironmap.FileMap, -1, 10)
    m[:2] = b"ab"
    m.flush()
    for use in (lambda: m.path, lambda: pickle.dumps(m), lambda: copy.copy(m)):
        with pytest.raises(TypeError, match=r"not made by ironmap\.open"):
            use()
    assert repr(m).startswith("<FileMap closed=False, access=")


@pytest.mark.parametrize(
    ("mode", "file_mode"), [("r", "rb"), ("r+", "rb+"), ("c", "rb+"), ("w+", "rb+")]
)
def test_file_map_name_and_mode_are_those_of_a_file(path, mode, file_mode):
    length = len(BYTES) if mode == "w+" else 0
    with ironmap.open(path, mode, length=length) as m:
        assert (m.name, m.mode) == (m.path, file_mode)
        assert io.FileIO(path, file_mode.replace("b", "")).mode == file_mode
    assert (m.name, m.mode) == (m.path, file_mode)


def test_file_map_repr_names_file(path):
    with ironmap.open(path) as m:
        other = m.path
        facts = f"closed=False, access=ACCESS_READ, length={len(BYTES)}, pos=0, offset=0"
        assert repr(m) == f"<FileMap path={other!r}, {facts}>"
    assert repr(m) == f"<FileMap path={other!r}, closed=True>"


def test_file_map_is_io_base(path):
    """Libraries ask this before they use something as a file."""
    with ironmap.open(path) as m:
        assert isinstance(m, io.IOBase)
    assert not issubclass(ironmap.mmap, io.IOBase)


@pytest.mark.skipif(sys.platform == "win32", reason="Windows cuts no file that is mapped")
def test_fault_error_names_file(path):
    with ironmap.open(path, trackfd=False) as m, open(path, "rb") as file:
        other = ironmap.mmap(file.fileno(), 0, access=ironmap.ACCESS_READ)
        nameless = ironmap.mmap(file.fileno(), 0, access=ironmap.ACCESS_READ, trackfd=False)
        path.write_bytes(b"")
        for each in (m, other):
            if each is m or sys.platform == "linux":
                with pytest.raises(ironmap.FaultError, match=str(path)) as raised:
                    each[0]
                assert raised.value.filename == m.path
        with pytest.raises(ironmap.FaultError) as raised:
            nameless[0]
        assert raised.value.filename is None
        assert "None" not in str(raised.value)


@pytest.fixture
def pair(path):
    """Maps the same file with ``open`` and with the constructor."""
    with path.open("r+b") as file, ironmap.mmap(file.fileno(), 0) as other:
        with ironmap.open(path, "r+") as m:
            yield m, other


def test_file_map_iter(pair):
    m, other = pair
    assert [*m] == [*other] == [bytes([byte]) for byte in BYTES]
    assert [*reversed(m)] == [*reversed(other)]


@pytest.mark.skipif(sys.platform == "win32", reason="Windows refuses to cut a file with two maps")
def test_file_map_iter_map_shrinks(pair):
    for each in pair:
        each.resize(5)
        going = iter(each)
        assert next(going) == BYTES[:1]
        each.resize(2)
        assert [*going] == [BYTES[1:2]]
        going = iter(each)
        each.close()
        with pytest.raises(ValueError, match="closed"):
            next(going)


@pytest.mark.parametrize("make", [bytes, bytearray, memoryview])
def test_file_map_contains(pair, make):
    for each in pair:
        assert make(b"\x07") in each
        each.seek(len(each))
        assert make(b"\x07") in each
        assert make(b"\xff") not in each
        assert make(BYTES[:2]) not in each
        assert make(b"") not in each
        assert 7 not in each
        assert "x" not in each
        each.close()
        for value in (make(b"\x07"), make(b"ab"), 7):
            with pytest.raises(ValueError, match="closed"):
                value in each


@pytest.mark.parametrize("kind", [int, object, type])
def test_map_file_wrong_class(path, kind):
    """A class without the memory layout of a map is refused."""
    with open(path, "rb") as file, raises(TypeError, "the class must be a subclass of mmap"):
        _map_file(kind, file.fileno(), 5, ironmap.ACCESS_READ, 0, True)
    with raises(TypeError, "the class must be a subclass of mmap"):
        _absent_map(kind, OSError, ())


class Node(ironmap.mmap):
    """A map with a ``__dict__``."""


def in_own_attribute(box, kind):
    m = _absent_map(Node, kind, (box,))
    m.itself = m
    return m


def in_own_arguments(box, kind):
    box.append(_absent_map(ironmap.mmap, kind, (box,)))
    return box[0]


def in_class_of_error(box, kind):
    kind.m = _absent_map(ironmap.FileMap, kind, (box,))
    return kind.m


@pytest.mark.parametrize("make", [in_own_attribute, in_own_arguments, in_class_of_error])
def test_absent_map_gc_collects_cycle(make):
    class Missing(Exception):
        pass

    known = weakref.ref(make([], Missing))
    del Missing
    gc.collect()
    assert known() is None


def test_absent_map_frees_its_error():
    kind = type("Missing", (Exception,), {})
    arguments = (object(),)
    counts = sys.getrefcount(kind), sys.getrefcount(arguments)
    m = _absent_map(ironmap.mmap, kind, arguments)
    del m
    assert (sys.getrefcount(kind), sys.getrefcount(arguments)) == counts


@pytest.mark.skipif(sys.platform == "win32", reason="Windows does not cut a mapped file")
def test_iteration_goes_on_after_fault(tmp_path):
    path = tmp_path / "data"
    path.write_bytes(b"ab" * ironmap.PAGESIZE)
    with ironmap.open(path) as m:
        items = iter(m)
        assert next(items) == b"a"
        path.write_bytes(b"")
        for _ in range(2):
            with pytest.raises(ironmap.FaultError):
                next(items)
        path.write_bytes(b"ab" * ironmap.PAGESIZE)
        assert next(items) == b"b"


def test_reversed_after_map_became_shorter_ends(tmp_path):
    with ironmap.open(tmp_path / "data", "w+", length=40) as m:
        items = reversed(m)
        assert next(items) == b"\0"
        m.resize(10)
        assert [*items] == []
