"""``fileno``: the descriptor reads the map's bytes from the map's position on."""

import os
import shutil
import socket
import subprocess
import sys

import pytest

import ironmap

CONTENT = b"0123456789" * 10


@pytest.fixture
def path(tmp_path):
    path = tmp_path / "file"
    path.write_bytes(CONTENT)
    return path


@pytest.fixture(params=["constructor", "read-only", "open", "open r+"])
def make(request, path):
    """Makes a map by path, or of a file object whose position must not move."""

    def by_constructor(access):
        file = open(path, "r+b")
        files.append(file)
        file.seek(33)
        return ironmap.mmap(file.fileno(), 0, access=access)

    files = []
    yield {
        "constructor": lambda: by_constructor(ironmap.ACCESS_WRITE),
        "read-only": lambda: by_constructor(ironmap.ACCESS_READ),
        "open": lambda: ironmap.open(path),
        "open r+": lambda: ironmap.open(path, "r+"),
    }[request.param]
    for file in files:
        assert file.tell() == 33
        file.close()


def read_by_a_child(m) -> bytes:
    copy = "import sys; sys.stdout.buffer.write(sys.stdin.buffer.read())"
    command = ["cat"] if shutil.which("cat") else [sys.executable, "-c", copy]
    return subprocess.run(command, stdin=m, stdout=subprocess.PIPE, check=True).stdout


def is_locked_elsewhere(path, lock) -> bool:
    program = f"""
import fcntl
with open({str(path)!r}, "r+b") as file:
    try:
        fcntl.{lock}(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        print("locked")
"""
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, check=True)
    return done.stdout == b"locked\n"


@pytest.mark.skipif(sys.platform != "linux", reason="only Linux can open a second description")
class TestPosition:
    def test_fileno_as_stdin_reads_from_position(self, make):
        with make() as m:
            for position in (0, 50, 0, 100, 7):
                m.seek(position)
                assert read_by_a_child(m) == CONTENT[position:]
                assert m.tell() == position
            m.seek(0)
            m.read(3)
            assert read_by_a_child(m) == CONTENT[3:]

    def test_fileno_as_stdin_reads_written_bytes(self, path):
        with ironmap.open(path, "r+") as m:
            m.write(b"ABCD")
            assert read_by_a_child(m) == CONTENT[4:]
            m.seek(0)
            assert read_by_a_child(m) == b"ABCD" + CONTENT[4:]
            m.resize(20)
            assert read_by_a_child(m) == b"ABCD" + CONTENT[4:20]

    def test_fileno_as_stdout_writes_from_position(self, path):
        with ironmap.open(path, "r+") as m:
            m.seek(5)
            subprocess.run(["printf", "child"], stdout=m, check=True)
            assert m[:12] == b"01234child01"

    def test_fileno_opened_reads_from_position(self, make):
        with make() as m:
            m.seek(20)
            with open(m.fileno(), "rb", closefd=False) as file:
                assert (file.tell(), file.read()) == (20, CONTENT[20:])
            assert os.read(m.fileno(), 5) == CONTENT[20:25]

    def test_fileno_stable_and_not_inheritable(self, make):
        with make() as m:
            number = m.fileno()
            m.seek(9)
            assert m.fileno() == number > 2
            assert not os.get_inheritable(number)
        with pytest.raises(OSError):
            os.fstat(number)

    def test_fileno_concurrent_subprocesses(self, make):
        read = "import os; os.read(0, 1); print(flush=True); os.write(1, os.read(0, 1000))"
        with make() as m:
            children = []
            for position in (50, 20, 80):
                m.seek(position)
                command = [sys.executable, "-c", read]
                children.append(subprocess.Popen(command, stdin=m, stdout=subprocess.PIPE))
            for position, child in zip((50, 20, 80), children, strict=True):
                assert child.communicate()[0] == b"\n" + CONTENT[position + 1 :]

    @pytest.mark.parametrize("lock", ["flock", "lockf"])
    def test_fileno_keeps_lock(self, path, lock):
        import fcntl

        with ironmap.open(path, "r+") as m:
            getattr(fcntl, lock)(m, fcntl.LOCK_EX)
            m.write(b"locked")
            os.fsync(m.fileno())
            assert is_locked_elsewhere(path, lock)
            getattr(fcntl, lock)(m, fcntl.LOCK_UN)
            assert not is_locked_elsewhere(path, lock)

    def test_fileno_keeps_lock_of_file_object(self, path):
        import fcntl

        with open(path, "r+b") as file, ironmap.mmap(file.fileno(), 0) as m:
            m.fileno()
            fcntl.lockf(file, fcntl.LOCK_EX)
            assert os.fstat(m.fileno()).st_size == len(CONTENT)
            assert is_locked_elsewhere(path, "lockf")

    def test_fileno_deleted_file(self, path):
        with ironmap.open(path) as m:
            path.unlink()
            m.seek(90)
            assert read_by_a_child(m) == CONTENT[90:]

    def test_fileno_memfd_reads_from_position(self):
        fd = os.memfd_create("test")
        try:
            os.write(fd, CONTENT)
            with ironmap.mmap(fd, 0) as m:
                m.seek(95)
                assert read_by_a_child(m) == CONTENT[95:]
            assert os.lseek(fd, 0, os.SEEK_CUR) == len(CONTENT)
        finally:
            os.close(fd)

    def test_resize_after_fileno_closed(self, path):
        with ironmap.open(path, "r+") as m:
            os.close(m.fileno())
            with pytest.raises(OSError):
                m.fileno()
            m.resize(10)
            assert m.size() == 10


@pytest.mark.skipif(sys.platform == "win32", reason="a map keeps a handle there")
def test_fileno_position_unavailable(path):
    # If the file cannot be opened again, only the user's own description is left.
    program = f"""
import io, os, sys
import ironmap
file = open({str(path)!r}, "r+b")
m = ironmap.mmap(file.fileno(), 0)
try:
    os.chroot({str(path.parent)!r})
except PermissionError:
    sys.exit("this process may not hide /proc")
os.lseek(file.fileno(), 5, os.SEEK_SET)
try:
    m.fileno()
except io.UnsupportedOperation as error:
    print(error)
m.seek(5)
print(os.read(m.fileno(), 3), os.lseek(file.fileno(), 0, os.SEEK_CUR))
"""
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True)
    if "may not hide" in done.stderr:
        pytest.skip(done.stderr.strip())
    assert done.stdout.splitlines() == [
        "fileno: no descriptor can stand where the map stands",
        "b'567' 8",
    ], done.stderr


@pytest.mark.skipif(sys.platform == "win32", reason="a map keeps a handle there")
def test_fileno_socket_sendfile(make):
    ours, theirs = socket.socketpair()
    with make() as m, ours, theirs:
        assert ours.sendfile(m, 30) == 70
        ours.shutdown(socket.SHUT_WR)
        assert theirs.recv(1000) == CONTENT[30:]
        assert m.tell() == 100


@pytest.mark.skipif(sys.platform == "win32", reason="Windows does not list descriptors")
def test_fileno_above_standard_streams(path):
    program = f"""
import os, ironmap
for fd in range(3):
    os.close(fd)
maps = [ironmap.open({str(path)!r}), ironmap.open({str(path)!r}, "r+"), ironmap.open({str(path) + "2"!r}, "w+", length=9)]
with open({str(path)!r}, "r+b") as file:
    maps.append(ironmap.mmap(file.fileno(), 0))
taken = []
for fd in range(3):
    try:
        os.fstat(fd)
        taken.append(fd)
    except OSError:
        pass
numbers = [m.fileno() for m in maps]
with open({str(path) + "3"!r}, "w") as file:
    print(taken, min(numbers) > 2, file=file)
"""
    subprocess.run([sys.executable, "-c", program], check=True)
    assert path.with_name("file3").read_text() == "[] True\n"
