"""``ironmap.open``: wrong arguments, files that cannot be mapped, failures that leave no trace."""

import errno
import gc
import os
import subprocess
import sys
from pathlib import Path

import pytest

import ironmap
from compat.support import unix_only
from ironmap import _descriptor

PAGE = ironmap.PAGESIZE
TYPES = "/sys/kernel/btf/vmlinux"
BYTES = bytes(i % 251 for i in range(3 * PAGE + 10))


@pytest.fixture
def path(tmp_path) -> Path:
    path = tmp_path / "data"
    path.write_bytes(BYTES)
    return path


def refused(kind, text, *arguments, **options):
    with pytest.raises(kind) as raised:
        ironmap.open(*arguments, **options)
    assert text in str(raised.value)
    return raised.value


def test_open_unknown_mode(path):
    refused(ValueError, "invalid mode 'rb': must be one of 'r', 'r+', 'w+', 'c'", path, "rb")


@pytest.mark.parametrize("mode", [[], None, b"r", 1])
def test_open_mode_wrong_type(path, mode):
    refused(TypeError, f"mode must be str, not {type(mode).__name__}", path, mode)


def test_open_wrong_offset_or_length(path):
    refused(ValueError, "offset must be from 0 to", path, offset=-1)
    refused(ValueError, "length must be from 0 to", path, length=-5)
    refused(ValueError, "not 9223372036854775808", path, length=1 << 63)
    refused(TypeError, "integer", path, offset=1.5)


@pytest.mark.parametrize("mode", ["r", "r+", "c"])
def test_open_past_end_of_file(path, mode):
    size = len(BYTES)
    text = f"offset {size + 1} is past the end of {str(path)!r}, which has {size} bytes"
    refused(ValueError, text, path, mode, offset=size + 1)
    text = f"{size} bytes at offset 1 reach past the end of {str(path)!r}, which has {size} bytes"
    refused(ValueError, text, path, mode, offset=1, length=size)
    assert path.read_bytes() == BYTES


def test_open_w_plus_failure_keeps_file(path, tmp_path):
    refused(ValueError, "mode 'w+' needs a length for the new file", path, "w+")
    named = repr(str(path))
    error = refused(OSError, named, path, "w+", length=sys.maxsize)
    # tmpfs has files of that length; then it is the map that finds no room.
    assert error.errno in (errno.EFBIG, errno.EINVAL, errno.ENOSPC, errno.ENOMEM)
    refused(OSError, named, path, "w+", length=sys.maxsize, offset=sys.maxsize)
    assert path.read_bytes() == BYTES
    if sys.platform != "win32":
        refused(OSError, str(tmp_path), tmp_path, "w+", length=1)


@pytest.mark.skipif(sys.platform != "win32", reason="Unix cuts a file that is mapped")
@pytest.mark.parametrize("length", [1, len(BYTES), 5 * PAGE])
def test_open_w_plus_mapped_file_refused(path, length):
    with ironmap.open(path) as m:
        refused(OSError, repr(str(path)), path, "w+", length=length)
        assert m[:] == BYTES
    # Wine refuses to cut a mapped file, Windows to cut it below the end of the map.
    assert path.read_bytes() in (BYTES, BYTES.ljust(length, b"\0"))


def test_open_error_without_errno(path, monkeypatch):
    def refuse(*_arguments):
        raise OSError("this system has no fallocate")

    monkeypatch.setattr("ironmap._open._reserve_space", refuse)
    refused(OSError, "this system has no fallocate", path, "r+", reserve=True)


class NoTruth:
    def __bool__(self):
        raise TypeError("neither true nor false")


UNUSABLE = [
    {"advise": [None]},
    {"advise": 1.5},
    {"advise": [0, 9999]},
    {"advise": 1 << 40},
    {"trackfd": None},
    {"populate": NoTruth()},
    {"huge_pages": NoTruth()},
]


@pytest.mark.parametrize("options", UNUSABLE, ids=str)
@pytest.mark.parametrize("length", [1, len(BYTES), 5 * PAGE])
def test_open_w_plus_wrong_options_keep_file(path, options, length):
    for each in (path, path.with_name("new")):
        with pytest.raises((TypeError, OSError, OverflowError, NotImplementedError)):
            ironmap.open(each, "w+", length=length, **options)
    assert path.read_bytes() == BYTES
    assert_no_new_file(path.parent, path.name)


@pytest.mark.skipif(sys.platform != "linux", reason="/proc/self/maps is Linux's")
@pytest.mark.parametrize("option", ["huge_pages", "populate", "advise"])
def test_open_wrong_option_leaves_no_map(path, option):
    with pytest.raises(TypeError) as held:
        ironmap.open(path, "r+", **{option: NoTruth()})
    assert str(path) not in Path("/proc/self/maps").read_text(), held


def assert_no_new_file(folder: Path, *names: str) -> None:
    assert set(os.listdir(folder)) - set(names) == set()


def test_open_w_plus_advise_iterator(path):
    if sys.platform == "win32":
        pytest.skip("Windows has no madvise")
    advice = iter([ironmap.MADV_RANDOM, ironmap.MADV_NORMAL])
    with ironmap.open(path, "w+", length=5, advise=advice, populate=True) as m:
        assert m[:] == bytes(5)


@pytest.mark.skipif(sys.platform != "linux", reason="RLIMIT_AS is not kept to elsewhere")
def test_open_w_plus_out_of_memory_keeps_file(path):
    program = f"""
import os, resource, ironmap
ironmap.open
resource.setrlimit(resource.RLIMIT_AS, (1 << 30, 1 << 30))
for path in ({str(path)!r}, {str(path.with_name("new"))!r}):
    try:
        ironmap.open(path, "w+", length=1 << 32)
    except (MemoryError, OSError) as error:
        print(type(error).__name__)
"""
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True)
    assert len(done.stdout.split()) == 2, done.stderr
    assert path.read_bytes() == BYTES
    assert_no_new_file(path.parent, path.name)


def test_open_w_plus_failure_without_unnamed_files(tmp_path, monkeypatch):
    monkeypatch.delattr(os, "O_TMPFILE", raising=False)
    for options in UNUSABLE:
        with pytest.raises((TypeError, OSError, OverflowError, NotImplementedError)):
            ironmap.open(tmp_path / "new", "w+", length=5, **options)
    assert_no_new_file(tmp_path)
    ironmap.open(tmp_path / "new", "w+", length=5).close()
    assert os.listdir(tmp_path) == ["new"]
    assert (tmp_path / "new").read_bytes() == bytes(5)


@unix_only("Windows has no such files")
def test_open_w_plus_dangling_symlink(tmp_path):
    (tmp_path / "link").symlink_to("target")
    refused(OSError, "", tmp_path / "link", "w+", length=5, advise=9999)
    assert_no_new_file(tmp_path, "link")
    ironmap.open(tmp_path / "link", "w+", length=5).close()
    assert (tmp_path / "target").read_bytes() == bytes(5)


def test_open_w_plus_creation_race(tmp_path, monkeypatch):
    path, opens = tmp_path / "new", os.open

    def open_late(name, flags, mode=0o777):
        if flags & (os.O_EXCL | os.O_CREAT) and not path.exists():
            path.write_bytes(b"theirs")
        return opens(name, flags, mode)

    monkeypatch.setattr(os, "open", open_late)
    refused(TypeError, "neither true nor false", path, "w+", length=5, populate=NoTruth())
    assert path.read_bytes() == b"theirs"
    ironmap.open(path, "w+", length=5).close()
    assert path.read_bytes() == bytes(5)


def test_open_w_plus_missing_folder(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    name = os.path.join("nowhere", "new")
    assert refused(FileNotFoundError, "", name, "w+", length=5).filename == name


def test_open_missing_file(tmp_path):
    error = refused(FileNotFoundError, "nowhere", tmp_path / "nowhere")
    assert error.filename == str(tmp_path / "nowhere")


@unix_only("Windows has no such files")
def test_open_unmappable_file(tmp_path):
    assert refused(IsADirectoryError, str(tmp_path), str(tmp_path)).filename == str(tmp_path)
    pipe = tmp_path / "pipe"
    os.mkfifo(pipe)
    for mode in ("r", "r+"):
        assert refused(OSError, str(pipe), pipe, mode).errno == errno.ENODEV
    refused(ValueError, "'/dev/zero' has no size: length must be given", "/dev/zero")
    assert refused(OSError, "/dev/null", "/dev/null", length=5).errno == errno.ENODEV
    with ironmap.open("/dev/zero", "c", length=5, offset=7) as m:
        assert m[:] == bytes(5)


@pytest.mark.skipif(sys.platform != "linux", reason="Linux has /proc")
def test_open_proc_file():
    error = refused(OSError, "cannot map a virtual file", "/proc/self/status")
    assert (error.errno, error.filename) == (errno.ENODEV, "/proc/self/status")


@pytest.mark.skipif(sys.platform != "linux", reason=f"{TYPES} is Linux's, also under Wine")
@pytest.mark.skipif(not os.path.exists(TYPES), reason=f"this kernel has no {TYPES}")
def test_open_file_without_shared_maps():
    """tests/sigbus/programs/direct_io.py has a file system without them."""
    with open(TYPES, "rb") as file:
        whole = file.read()
        try:
            ironmap.mmap(file.fileno(), 0, ironmap.MAP_PRIVATE, ironmap.PROT_READ).close()
        except OSError as error:
            pytest.skip(f"this kernel cannot map {TYPES} (Linux 6.16 can): {error}")
    with ironmap.open(TYPES) as m:
        assert m[:] == whole
        assert (m.writable(), m.mode) == (False, "rb")
        with pytest.raises(TypeError, match="readonly"):
            m[0] = 1
    for mode in ("r+", "c"):
        assert refused(PermissionError, TYPES, TYPES, mode).filename == TYPES


def test_open_file_grown_meanwhile(tmp_path, monkeypatch):
    log = tmp_path / "log"
    log.touch()
    after_status(monkeypatch, lambda: log.write_bytes(b"one\n"))
    with ironmap.open(log) as m:
        assert m[:] == b"one\n"


@unix_only("Windows makes the file longer, or raises its own error")
@pytest.mark.parametrize("mode", ["r", "r+", "c"])
def test_open_file_cut_meanwhile(path, monkeypatch, mode):
    after_status(monkeypatch, lambda: os.truncate(path, 5))
    there = f"past the end of {str(path)!r}, which has 5 bytes"
    refused(ValueError, f"{len(BYTES) - 4} bytes at offset 4 reach {there}", path, mode, offset=4)
    path.write_bytes(BYTES)
    refused(ValueError, f"offset 7 is {there}", path, mode, offset=7)
    path.write_bytes(BYTES)
    refused(ValueError, f"3 bytes at offset 3 reach {there}", path, mode, offset=3, length=3)


def after_status(monkeypatch, change):
    """Change the file right after its size was asked for."""

    def status_of(fd):
        status = _descriptor.status_of(fd)
        change()
        return status

    monkeypatch.setattr("ironmap._open.status_of", status_of)


@pytest.mark.skipif(sys.platform != "linux", reason="loop devices are Linux's")
def test_open_block_device(path):
    os.truncate(path, 4 * PAGE)
    try:
        done = subprocess.run(
            ["losetup", "--find", "--show", path], capture_output=True, text=True, check=True
        )
    except (OSError, subprocess.CalledProcessError) as error:
        pytest.skip(f"no loop device can be made here: {error}")
    device = done.stdout.strip()
    try:
        with ironmap.open(device, offset=100) as m:
            assert m[:] == path.read_bytes()[100:]
        with ironmap.open(device, "r+") as m:
            m[-1:] = b"!"
            m.flush()
        refused(ValueError, device, device, length=4 * PAGE + 1)
    finally:
        subprocess.run(["losetup", "--detach", device], check=True)


@unix_only("Windows has no such files")
def test_open_advise_accepts_one_or_several(path):
    wanted = (ironmap.MADV_SEQUENTIAL, ironmap.MADV_WILLNEED)
    assert ironmap.open(path, advise=wanted, offset=5)[:] == BYTES[5:]
    assert ironmap.open(path, advise=ironmap.MADV_RANDOM)[:] == BYTES
    error = refused(OSError, str(path), path, advise=[ironmap.MADV_NORMAL, 9999])
    assert error.errno == errno.EINVAL


@unix_only("Windows does not list them")
def test_open_leaks_no_descriptor(path):
    def descriptors() -> int:
        # Another test may have left files in cycles.
        gc.collect()
        return len(os.listdir("/dev/fd" if sys.platform != "linux" else "/proc/self/fd"))

    before = descriptors()
    for _ in range(3):
        ironmap.open(path).close()
        refused(ValueError, "past the end", path, length=1 << 40)
        refused(OSError, "", path, advise=9999)
    assert descriptors() == before
