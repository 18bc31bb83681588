"""``reserve=True`` allocates space on the disk, so that a full disk is an error at once."""

import errno
import inspect
import os
import subprocess
import sys

import pytest

import ironmap

MIB = 1 << 20
SMALL = b"old bytes"


@pytest.fixture
def path(tmp_path):
    path = tmp_path / "data"
    path.write_bytes(SMALL)
    if sys.platform == "linux":
        try:
            with ironmap.open(path, "r+", reserve=True):
                pass
        except OSError as error:
            if error.errno != errno.EOPNOTSUPP:
                raise
            pytest.skip(f"the file system of {tmp_path} reserves no space")
    return path


def space(path) -> int:
    return os.stat(path).st_blocks * 512


linux = pytest.mark.skipif(sys.platform != "linux", reason="space is reserved on Linux")


@linux
def test_open_r_plus_reserves_holes(path):
    os.truncate(path, 4 * MIB)
    with ironmap.open(path, "r+", offset=MIB, length=MIB, reserve=True) as m:
        assert MIB <= space(path) < 2 * MIB
        assert m[:] == bytes(MIB)
    with ironmap.open(path, "r+", reserve=True) as m:
        assert space(path) >= 4 * MIB
        assert (m[: len(SMALL)], len(m)) == (SMALL, 4 * MIB)


@linux
@pytest.mark.parametrize("length", [1, 2 * MIB])
def test_open_w_plus_reserves_new_file(path, length):
    for place in (path, path.with_name("new")):
        with ironmap.open(place, "w+", offset=MIB, length=length, reserve=True) as m:
            assert m[:] == bytes(length)
        assert space(place) >= place.stat().st_size == MIB + length
        assert place.read_bytes() == bytes(MIB + length)


@linux
def test_part_open_reserves_part(path):
    os.truncate(path, 4 * MIB)
    with ironmap.split(path, 1)[0].open("r+", reserve=True) as m:
        assert space(path) >= len(m) == 4 * MIB


@linux
@pytest.mark.parametrize("opened", ["by path", "by descriptor"])
def test_resize_reserves_map(path, opened):
    with open(path, "r+b") as file:
        m = ironmap.open(path, "r+") if opened == "by path" else ironmap.mmap(file.fileno(), 0)
        with m:
            for size in (3 * MIB, MIB, 2 * MIB):
                m.resize(size, reserve=True)
                assert len(m) == os.stat(path).st_size == size <= space(path)
            m.resize(64 * MIB)
            assert space(path) < 32 * MIB
            m.resize(16 * MIB, reserve=1)
            assert space(path) >= 16 * MIB
            m.resize(64 * MIB, reserve=[])
            assert space(path) < 32 * MIB
            assert m[: len(SMALL)] == SMALL


@linux
@pytest.mark.parametrize("length", [1 << 50, 1 << 62])
def test_reserve_more_than_disk_changes_nothing(path, length):
    before = space(path)
    for options in (
        {"mode": "w+", "length": length},
        {"mode": "w+", "length": 1, "offset": length},
    ):
        with pytest.raises(OSError) as raised:
            ironmap.open(path, reserve=True, **options)
        assert raised.value.errno in (errno.ENOSPC, errno.EFBIG)
        assert raised.value.filename == str(path)
    with ironmap.open(path, "r+") as m:
        with pytest.raises(OSError) as raised:
            m.resize(length, reserve=True)
        assert raised.value.errno in (errno.ENOSPC, errno.EFBIG)
        assert (len(m), m[:]) == (len(SMALL), SMALL)
    assert (path.read_bytes(), space(path)) == (SMALL, before)


def test_reserve_read_only_modes_refused(path):
    for mode in ("r", "c"):
        with pytest.raises(ValueError, match=f"reserve needs mode 'r\\+' or 'w\\+', not '{mode}'"):
            ironmap.open(path, mode, reserve=True)
        with pytest.raises(ValueError, match=f"reserve needs mode 'r\\+', not '{mode}'"):
            ironmap.split(path, 1)[0].open(mode, reserve=True)


def test_resize_reserve_without_file_refused(path):
    with ironmap.mmap(-1, 100) as m:
        with pytest.raises(ValueError, match="mmap can't reserve space without a file"):
            m.resize(50, reserve=True)
        assert len(m) == 100
    with ironmap.open(path) as m, pytest.raises(TypeError, match="readonly"):
        m.resize(5, reserve=True)
    with ironmap.open(path, "r+") as m, memoryview(m), pytest.raises(BufferError):
        m.resize(5, reserve=True)


def test_resize_reserve_arguments(path):
    with ironmap.open(path, "r+") as m:
        # The signature of the stdlib module.
        assert str(inspect.signature(m.resize)) == "(newsize, /)"
        for wrong in ({"reserv": True}, {"reserve": True, "reserv": 1}):
            for size in ((5,), ()):
                with pytest.raises(TypeError) as raised:
                    m.resize(*size, **wrong)
                assert str(raised.value) == "resize() got an unexpected keyword argument 'reserv'"
        # The stdlib module's error for its own argument's name.
        for sizes in ((5,), ()):
            with pytest.raises(TypeError, match=r"^mmap\.resize\(\) takes no keyword arguments$"):
                m.resize(*sizes, newsize=5)
        with pytest.raises(TypeError, match="takes exactly one argument"):
            m.resize(reserve=True)

        class Closing:
            def __bool__(self):
                m.close()
                return True

        with pytest.raises(ValueError, match="mmap closed or invalid"):
            m.resize(5, reserve=Closing())
    assert path.read_bytes() == SMALL


@pytest.mark.skipif(sys.platform == "linux", reason="space is reserved on Linux")
def test_reserve_unsupported_system(path):
    for reserving in (
        lambda: ironmap.open(path, "r+", reserve=True),
        lambda: ironmap.open(path, "w+", length=5, reserve=True),
        lambda: ironmap.open(path, "r+").resize(100, reserve=True),
    ):
        with pytest.raises(OSError, match="this system has no "):
            reserving()
    assert path.read_bytes() == SMALL


@linux
def test_reserve_survives_signals(path):
    # On tmpfs each signal interrupts the system call.
    folder = "/dev/shm"
    free = os.statvfs(folder) if os.path.isdir(folder) else None
    if free is None or free.f_bavail * free.f_frsize < 512 * MIB:
        pytest.skip(f"no room in {folder}")
    program = f"""
import os, signal, tempfile, ironmap
count = 0
def handler(*_):
    global count
    count += 1
signal.signal(signal.SIGALRM, handler)
with tempfile.NamedTemporaryFile(dir={folder!r}) as file:
    signal.setitimer(signal.ITIMER_REAL, 0.001, 0.001)
    m = ironmap.open(file.name, "w+", length=256 << 20, reserve=True)
    m.resize(300 << 20, reserve=True)
    signal.setitimer(signal.ITIMER_REAL, 0)
    print(os.stat(file.name).st_blocks * 512 >= 300 << 20, count > 0)
    m.close()
"""
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True)
    assert done.stdout == "True True\n", done.stderr
