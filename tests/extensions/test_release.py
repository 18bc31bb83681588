"""``release``: a close that lets buffers keep the memory; and ``with`` blocks of a FileMap."""

import gc
import os
import re
import sys
import threading
import weakref

import pytest

import ironmap
from compat.support import CLOSED, raises

DATA = bytes(i % 251 for i in range(3 * ironmap.PAGESIZE + 10))


@pytest.fixture
def path(tmp_path):
    path = tmp_path / "data"
    path.write_bytes(DATA)
    return path


def is_mapped(path):
    """Returns whether this process maps the file, or, on Windows, whether the map has it open."""
    if sys.platform == "win32":
        try:
            os.rename(path, path.with_name("renamed"))
        except PermissionError:
            return True
        os.rename(path.with_name("renamed"), path)
        return False
    if sys.platform != "linux":
        pytest.skip("neither the mappings are shown nor is the file protected")
    with open("/proc/self/maps") as maps:
        return str(path) in maps.read()


def test_release_without_buffers_unmaps(path):
    m = ironmap.open(path)
    m.release()
    assert m.closed
    assert not is_mapped(path)
    m.release()
    m.close()
    with raises(ValueError, CLOSED):
        m[0]


def test_release_with_buffers_unmaps_with_the_last(path):
    m = ironmap.open(path)
    view, other = memoryview(m), memoryview(m)
    m.release()
    assert m.closed
    for use in (lambda: m[0], lambda: memoryview(m), lambda: m.resize(5), lambda: len(m)):
        with raises(ValueError, CLOSED):
            use()
    m.release()
    m.close()
    view.release()
    assert bytes(other) == DATA
    assert is_mapped(path)
    other.release()
    assert not is_mapped(path)


def test_release_keeps_memory_of_dropped_map(path):
    m = ironmap.open(path)
    gone = weakref.ref(m)
    view = memoryview(m)
    m.release()
    del m
    gc.collect()
    assert gone() is not None
    assert bytes(view) == DATA
    assert is_mapped(path)
    del view
    gc.collect()
    assert gone() is None
    assert not is_mapped(path)


def test_release_stores_reach_the_file(path):
    m = ironmap.open(path, "r+")
    view = memoryview(m)
    m.release()
    view[:3] = b"abc"
    view.release()
    assert path.read_bytes() == b"abc" + DATA[3:]


def test_release_of_anonymous_memory_keeps_it():
    m = ironmap.mmap(-1, 1000)
    view = memoryview(m)
    m.release()
    view[5] = 7
    assert (m.closed, view[5]) == (True, 7)


@pytest.mark.parametrize("round", range(20))
def test_release_beside_threads_that_drop_buffers(path, round):
    m = ironmap.open(path)
    views = [memoryview(m) for _ in range(50)]
    threads = [threading.Thread(target=view.release) for view in views]
    for thread in threads[:25]:
        thread.start()
    m.release()
    for thread in threads[25:]:
        thread.start()
    for thread in threads:
        thread.join()
    assert not is_mapped(path)


@pytest.mark.skipif(sys.platform == "win32", reason="Windows cuts no file that is mapped")
def test_release_reports_damage_once(path):
    m = ironmap.open(path)
    view = memoryview(m)
    path.write_bytes(b"")
    assert view[0] == 0
    with pytest.raises(ironmap.FaultError):
        m.release()
    assert m.closed
    heard = []
    sys.unraisablehook, before = heard.append, sys.unraisablehook
    try:
        view.release()
        assert heard == []
    finally:
        sys.unraisablehook = before


@pytest.mark.skipif(sys.platform == "win32", reason="Windows cuts no file that is mapped")
def test_release_fault_afterwards_is_unraisable(path):
    m = ironmap.open(path)
    view = memoryview(m)
    m.release()
    path.write_bytes(b"")
    assert view[0] == 0
    heard = []
    sys.unraisablehook, before = (lambda told: heard.append(told.exc_value)), sys.unraisablehook
    try:
        view.release()
        assert [type(error) for error in heard] == [ironmap.FaultError]
    finally:
        sys.unraisablehook = before


def test_with_block_that_raised_releases(path):
    with pytest.raises(KeyError) as raised:
        with ironmap.open(path) as m:
            view = memoryview(m)
            raise KeyError("of the body")
    assert raised.value.__context__ is None
    assert m.closed
    assert bytes(view) == DATA


def test_with_block_that_ended_raises_buffer_error(path):
    text = "cannot close exported pointers exist: a memoryview, an array or another buffer"
    with pytest.raises(BufferError, match=f"^{re.escape(text)}.*release") as raised:
        with ironmap.open(path) as m:
            view = memoryview(m)
    assert raised.value.__suppress_context__
    assert not m.closed
    view.release()
    m.close()


def test_with_block_of_mmap_is_the_stdlibs(path):
    """Programs for the stdlib module see no difference."""
    with raises(BufferError, "cannot close exported pointers exist"):
        with open(path, "rb") as file, ironmap.mmap(file.fileno(), 0, access=1) as m:
            view = memoryview(m)
            raise KeyError
    assert not m.closed
    view.release()


@pytest.mark.skipif(sys.platform == "win32", reason="Windows does not cut a mapped file")
def test_with_block_that_raises_beside_damage_keeps_its_exception(tmp_path):
    path = tmp_path / "data"
    path.write_bytes(b"x" * 2 * ironmap.PAGESIZE)
    with pytest.raises(KeyError, match="mine") as raised:
        with ironmap.open(path) as m:
            view = memoryview(m)
            os.truncate(path, 0)
            view[ironmap.PAGESIZE]
            raise KeyError("mine")
    assert m.closed
    assert raised.value.__notes__[0].startswith("FaultError: [Errno 5] ")
