"""protect: changes of the access mode."""

import inspect
import mmap as stdlib
import os
import sys

import pytest

import ironmap as mmap
from compat.support import CLOSED, Closing, linux_only, unix_only

PAGE = mmap.PAGESIZE


@pytest.fixture
def path(tmp_path):
    path = tmp_path / "data"
    path.write_bytes(bytes(range(256)) * (8 * PAGE // 256))
    return path


@pytest.fixture
def map(path):
    with path.open("r+b") as file, mmap.mmap(file.fileno(), 0) as map:
        yield map


def test_protect_signature_and_docstring_exist(map):
    assert not hasattr(stdlib.mmap, "protect")
    assert str(inspect.signature(map.protect)) == "(access, /)"
    assert map.protect.__doc__


def test_protect_read_refuses_changes(map):
    map.protect(mmap.ACCESS_READ)
    for change in (
        lambda: map.__setitem__(0, 1),
        lambda: map.__setitem__(slice(0, 2), b"ab"),
        lambda: map.write(b"ab"),
        lambda: map.write_byte(1),
        lambda: map.move(0, 1, 1),
    ):
        with pytest.raises(TypeError, match="mmap can't modify a readonly memory map."):
            change()
    with pytest.raises(TypeError, match="mmap can't resize a readonly"):
        map.resize(PAGE)
    with memoryview(map) as view:
        assert view.readonly
    assert "access=ACCESS_READ," in repr(map)
    assert map[:4] == bytes(range(4))


@pytest.mark.parametrize("access", ["ACCESS_DEFAULT", "ACCESS_WRITE"])
def test_protect_write_again(map, path, access):
    map.protect(mmap.ACCESS_READ)
    map.protect(getattr(mmap, access))
    map[0] = 9
    with memoryview(map) as view:
        assert not view.readonly
    assert f"access={access}," in repr(map)
    map.resize(PAGE)
    assert path.read_bytes()[0] == 9
    assert path.stat().st_size == PAGE


def test_protect_writable_buffer_refused(map):
    with memoryview(map) as view:
        with pytest.raises(BufferError, match="read-only with extant buffers exported"):
            map.protect(mmap.ACCESS_READ)
        map.protect(mmap.ACCESS_WRITE)
        view[0] = 9
    map.protect(mmap.ACCESS_READ)
    with memoryview(map):
        map.protect(mmap.ACCESS_READ)
        map.protect(mmap.ACCESS_WRITE)
        map[1] = 9


def test_protect_private_map(path):
    with path.open("rb") as file:
        with mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_COPY) as map:
            map[0] = 9
            map.protect(mmap.ACCESS_READ)
            with pytest.raises(TypeError, match="ACCESS_WRITE to a private map"):
                map.protect(mmap.ACCESS_WRITE)
            assert "access=ACCESS_READ," in repr(map)
            map.protect(mmap.ACCESS_COPY)
            map[1] = 9
            assert map[:3] == b"\x09\x09\x02"
            map.protect(mmap.ACCESS_DEFAULT)
            map[2] = 9
    assert path.read_bytes()[:3] == b"\0\1\2"


def test_protect_copy_shared_map_refused(map):
    with pytest.raises(TypeError, match="ACCESS_COPY to a shared map"):
        map.protect(mmap.ACCESS_COPY)
    map[0] = 9


@pytest.mark.skipif(sys.platform == "win32", reason="Windows has another error")
def test_protect_write_read_only_file_refused(path):
    with path.open("rb") as file:
        with mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_READ) as map:
            with pytest.raises(PermissionError, match="mprotect of "):
                map.protect(mmap.ACCESS_WRITE)
            assert "access=ACCESS_READ," in repr(map)
            with pytest.raises(TypeError):
                map[0] = 1


@linux_only
def test_flush_after_protect_read(map):
    map[:7] = b"changed"
    map.protect(mmap.ACCESS_READ)
    # The error shows that the system call is made: it needs the start of a page.
    with pytest.raises(OSError):
        map.flush(1, 1)
    map.flush()


def test_flush_protect_read_only_map(path):
    with path.open("r+b") as file:
        with mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_READ) as map:
            map.protect(mmap.ACCESS_READ)
            map.flush(1, 1)


@unix_only("Windows refuses to make a mapped file shorter")
def test_protect_truncated_file(map, path):
    map.protect(mmap.ACCESS_READ)
    os.truncate(path, PAGE)
    with pytest.raises(mmap.FaultError):
        map[3 * PAGE]
    os.truncate(path, 4 * PAGE)
    map.protect(mmap.ACCESS_WRITE)
    map[3 * PAGE] = 9
    assert path.read_bytes()[3 * PAGE] == 9


def test_protect_unknown_access(map):
    with pytest.raises(ValueError, match="^access must be one of the ACCESS_.* not 4$"):
        map.protect(4)
    with pytest.raises(TypeError):
        map.protect(None)
    map[0] = 9


def test_protect_closed_map(map):
    for access in (Closing(1, map), 1):
        with pytest.raises(ValueError, match=CLOSED):
            map.protect(access)
