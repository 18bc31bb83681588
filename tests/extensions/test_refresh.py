"""``refresh``: a map takes the length of its file; ``tail`` and ``line_at``."""

import errno
import os
import random
import sys
import threading

import pytest

import ironmap
from compat.support import raises

unix_only = pytest.mark.skipif(
    sys.platform == "win32", reason="Windows cuts no file that is mapped"
)


@pytest.fixture
def log(tmp_path):
    path = tmp_path / "log"
    path.write_bytes(b"one\n")
    return path


def append(path, data):
    with open(path, "ab") as file:
        file.write(data)


@pytest.mark.parametrize("mode", ["r", "r+"])
def test_refresh_longer_file(log, mode):
    with ironmap.open(log, mode) as m:
        assert m.refresh() == 4
        append(log, b"two\n")
        assert (len(m), m.refresh(), len(m), m[:]) == (4, 8, 8, b"one\ntwo\n")
        append(log, bytes(1 << 20))
        assert m.refresh() == 8 + (1 << 20)
        assert m.size() == len(m)


def test_refresh_empty_file(tmp_path):
    (tmp_path / "empty").touch()
    with ironmap.open(tmp_path / "empty") as m:
        append(m.path, b"first\n")
        assert (m.refresh(), m[:]) == (6, b"first\n")


def test_refresh_map_of_the_constructor(log):
    with open(log, "rb") as file, ironmap.mmap(file.fileno(), 0, access=ironmap.ACCESS_READ) as m:
        append(log, b"two\n")
        assert (m.refresh(), m.tell()) == (8, 0)


@unix_only
def test_refresh_shorter_file(log):
    append(log, bytes(1 << 20))
    with ironmap.open(log) as m:
        m.seek(500)
        os.truncate(log, 2)
        assert (m.refresh(), m[:], m.read()) == (2, b"on", b"")
        assert m.faults == 0


@unix_only
def test_refresh_with_buffers_grows_in_place_or_refuses(log):
    with ironmap.open(log) as m:
        with memoryview(m) as view:
            append(log, b"two\n")
            assert (m.refresh(), m[:], bytes(view)) == (8, b"one\ntwo\n", b"one\n")
            append(log, bytes(64 << 20))
            try:
                assert m.refresh() == 8 + (64 << 20)
            except BufferError:
                assert len(m) == 8
            assert bytes(view) == b"one\n"
        assert m.refresh() == 8 + (64 << 20)


@unix_only
def test_refresh_with_buffers_shorter_file_refuses(log):
    with ironmap.open(log) as m:
        view = memoryview(m)
        os.truncate(log, 2)
        with pytest.raises(BufferError, match="can't refresh while buffers are exported"):
            m.refresh()
        assert len(m) == 4
        view.release()
        assert m.refresh() == 2


def test_refresh_without_a_file_to_follow(log):
    with raises(TypeError, "memory without a file has no length to follow"):
        ironmap.mmap(-1, 10).refresh()
    with ironmap.open(log, "c") as m:
        with pytest.raises(TypeError, match="private map cannot follow its file"):
            m.refresh()
    with ironmap.open(log, trackfd=False) as m:
        with raises(ValueError, "can't refresh with trackfd=False"):
            m.refresh()
    with raises(ValueError, "mmap closed or invalid"):
        m.refresh()


@unix_only
@pytest.mark.parametrize("is_replaced", [True, False])
def test_refresh_file_replaced_tells_after_its_last_bytes(log, is_replaced):
    with ironmap.open(log) as m, ironmap.open(log, check=False) as unchecked:
        append(log, b"two\n")
        log.rename(log.with_name("log.1"))
        if is_replaced:
            log.write_bytes(b"new\n")
        what = (
            "replaced by another: open the path again" if is_replaced else "has no name there now"
        )
        with pytest.raises(OSError, match=what) as raised:
            m.refresh()
        assert (raised.value.errno, raised.value.filename) == (errno.ESTALE, m.path)
        assert m[:] == b"one\ntwo\n"
        assert unchecked.refresh() == 8


LINES = [b"", b"a", b"\n", b"a\n", b"\n\n", b"a\nbb", b"a\n\nbb\n", b"a\nbb\n\n\nc"]


@pytest.fixture
def opened(tmp_path):
    def open_with(content):
        path = tmp_path / "lines"
        path.write_bytes(content)
        return ironmap.open(path)

    return open_with


@pytest.mark.parametrize("content", LINES)
def test_tail_is_end_of_lines(opened, content):
    lines = content.splitlines(keepends=True)
    with opened(content) as m:
        for count in range(6):
            assert m.tail(count) == lines[max(0, len(lines) - count) :]
        assert m.tail() == lines
        assert m.tell() == 0


def test_tail_default_is_ten(opened):
    with opened(b"x\n" * 50) as m:
        assert m.tail() == [b"x\n"] * 10
        with raises(ValueError, "the number of lines must be 0 or more, not -1"):
            m.tail(-1)


@pytest.mark.parametrize("content", LINES)
def test_line_at_every_offset(opened, content):
    expected = [line for line in content.splitlines(keepends=True) for _ in line]
    with opened(content) as m:
        assert [m.line_at(at) for at in range(len(content))] == expected
        for at in (-1, len(content), 1 << 70):
            with pytest.raises(IndexError, match="outside the map"):
                m.line_at(at)
        assert m.tell() == 0


def test_tail_and_line_at_random_text(opened):
    random.seed(1)
    content = bytes(random.choice(b"ab\n") for _ in range(3000))
    lines = content.splitlines(keepends=True)
    with opened(content) as m:
        assert m.tail(700) == lines[-700:]
        at = 0
        for line in lines:
            assert m.line_at(at) == line
            at += len(line)


@pytest.mark.skipif(sys.platform == "win32", reason="Windows has no forks")
def test_refresh_without_news_leaves_map_open_in_forked_child(tmp_path):
    path = tmp_path / "data"
    path.write_bytes(b"data")
    m, stop = ironmap.open(path), threading.Event()

    def poll():
        while not stop.is_set():
            m.refresh()

    thread = threading.Thread(target=poll)
    thread.start()
    try:
        for _ in range(30):
            child = os.fork()
            if not child:
                os._exit(m[0] != b"data"[0])
            assert os.waitpid(child, 0)[1] == 0
    finally:
        stop.set()
        thread.join()


@pytest.mark.skipif(sys.platform == "win32", reason="Windows does not rename an open folder")
def test_refresh_path_through_a_file_is_stale(tmp_path):
    folder = tmp_path / "folder"
    folder.mkdir()
    (folder / "data").write_bytes(b"data")
    m = ironmap.open(folder / "data")
    folder.rename(tmp_path / "elsewhere")
    folder.write_bytes(b"")
    with pytest.raises(OSError) as stale:
        m.refresh()
    assert stale.value.errno == errno.ESTALE
