"""``ironmap.open``: modes, offsets, kinds of files, errors."""

import errno
import gc
import io
import os
import pickle
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


def test_open_r_maps_read_only(path):
    with ironmap.open(path) as m:
        assert isinstance(m, ironmap.mmap)
        assert isinstance(m, ironmap.FileMap)
        assert (m[:], len(m), m.size()) == (BYTES, len(BYTES), len(BYTES))
        assert m.path == os.path.realpath(path)
        with pytest.raises(TypeError, match="readonly"):
            m[0] = 1
    assert m.closed


@pytest.mark.parametrize("make", [str, os.fsencode, Path])
def test_open_path_types(path, make):
    with ironmap.open(make(path)) as m:
        assert m.path == os.path.realpath(path)


def test_open_descriptor_refused():
    with pytest.raises(TypeError, match="os.PathLike"):
        ironmap.open(3)


def test_path_after_chdir(path, monkeypatch):
    monkeypatch.chdir(path.parent)
    m = ironmap.open("data")
    monkeypatch.chdir("/")
    assert m.path == os.path.realpath(path)


def test_path_file_deleted(path, monkeypatch):
    if sys.platform == "win32":
        pytest.skip("Windows deletes no open file")
    opens = os.open

    def open_and_delete(*arguments):
        fd = opens(*arguments)
        os.unlink(path)
        return fd

    monkeypatch.setattr(os, "open", open_and_delete)
    assert ironmap.open(path).path == os.path.realpath(path)


@unix_only("Windows has no such files")
def test_path_resolves_links(path, monkeypatch):
    (path.parent / "folder").mkdir()
    (path.parent / "folder" / "link").symlink_to("../data")
    monkeypatch.chdir(path.parent)
    assert ironmap.open("folder/../folder/link").path == os.path.realpath(path)


@unix_only("Windows has no such files")
def test_path_system_does_not_tell(path, monkeypatch):
    (path.parent / "link").symlink_to("data")
    with ironmap.open(path) as m, open(path) as file:
        told = pickle.dumps(m)
        kind, size, numbers, _ = _descriptor.status_of(file.fileno())
    for known in (None, (kind, size, numbers, None)):
        monkeypatch.setattr(_descriptor, "_file_status", lambda _fd, known=known: known)
        with ironmap.open(path.parent / "link") as m:
            assert (m.path, len(m)) == (os.path.realpath(path), len(BYTES))
            assert pickle.loads(pickle.dumps(m))[:] == pickle.loads(told)[:] == BYTES


@pytest.mark.skipif(sys.platform != "linux", reason="Linux alone tells all in two calls")
def test_file_status_is_that_of_os(path):
    with open(path, "rb") as file, open("/dev/zero", "rb") as device:
        for each in (file, device):
            status = os.fstat(each.fileno())
            kind, size, (mount, *numbers), name = _descriptor.status_of(each.fileno())
            assert (kind, size) == (status.st_mode, status.st_size)
            assert numbers == [status.st_dev, status.st_ino]
            assert mount
            assert name == os.path.realpath(each.name)
    with subprocess.Popen(["true"], stdout=subprocess.PIPE) as child:
        assert _descriptor.status_of(child.stdout.fileno())[3] is None
    with pytest.raises(OSError) as raised:
        _descriptor.status_of(1 << 20)
    assert raised.value.errno == errno.EBADF


def test_open_r_plus(path):
    with ironmap.open(path, "r+") as m:
        m[:5] = b"hello"
        m.resize(7)
    assert path.read_bytes() == b"hello" + BYTES[5:7]


def test_open_c_leaves_file_unchanged(path):
    with ironmap.open(path, "c") as m:
        m[:5] = b"hello"
        assert m[:5] == b"hello"
    assert path.read_bytes() == BYTES


@pytest.mark.parametrize("length", [1, PAGE, 5 * PAGE])
def test_open_w_plus_zeroes(path, length):
    with ironmap.open(path, "w+", length=length, offset=100) as m:
        assert m[:] == bytes(length)
        m[:1] = b"x"
    assert path.read_bytes() == bytes(100) + b"x" + bytes(length - 1)


def test_open_w_plus_creates_file(tmp_path):
    ironmap.open(tmp_path / "new", "w+", length=5).close()
    assert (tmp_path / "new").read_bytes() == bytes(5)


@pytest.mark.parametrize("before", [None, 0, 5, 10, 20])
def test_open_w_plus_resized_shorter_cuts_file(tmp_path, before):
    path = tmp_path / "new"
    if before is not None:
        path.write_bytes(bytes(before))
    with ironmap.open(path, "w+", length=10) as m:
        m[:3] = b"abc"
        m.resize(3)
        assert path.stat().st_size == 3
    assert path.read_bytes() == b"abc"


@pytest.mark.parametrize("offset", [1, 100, PAGE - 1, PAGE, PAGE + 1, len(BYTES) - 1])
def test_open_unaligned_offset(path, offset):
    with ironmap.open(path, "r+", offset=offset) as m:
        assert m[:] == BYTES[offset:]
        assert f"offset={offset}>" in repr(m)
        assert m.find(BYTES[-1:], len(m) - 1) == len(m) - 1
        m[0] = 255
        m.flush()
        m.flush(0, 1)
        m.flush(len(m) - 1)
        m.flush(len(m) // 2, 1)
        m.flush(len(m), 0)
        m.flush(1, -1)
        for outside in [(len(m) + 1,), (1, len(m)), (-1,), (1, -2)]:
            with pytest.raises(ValueError, match="flush values out of range"):
                m.flush(*outside)
    assert path.read_bytes() == BYTES[:offset] + b"\xff" + BYTES[offset + 1 :]


def test_open_length_maps_part_of_file(path):
    assert ironmap.open(path, length=10)[:] == BYTES[:10]
    assert ironmap.open(path, offset=7, length=10)[:] == BYTES[7:17]
    assert ironmap.open(path, offset=len(BYTES) - 3, length=3)[:] == BYTES[-3:]


def test_open_offset_at_end_is_empty_map(path):
    with ironmap.open(path, offset=len(BYTES)) as m:
        assert (len(m), m[:]) == (0, b"")


@pytest.mark.parametrize("mode", ["r", "r+", "c"])
def test_open_empty_file_is_empty_map(tmp_path, mode):
    (tmp_path / "empty").touch()
    with ironmap.open(tmp_path / "empty", mode, populate=True, huge_pages=True) as m:
        assert (len(m), m[:], m.read(), m.find(b"x")) == (0, b"", b"", -1)
        if mode == "r+":
            m.resize(4)
            m[:] = b"four"
    assert (tmp_path / "empty").read_bytes() == (b"four" if mode == "r+" else b"")


@pytest.mark.parametrize("offset", [1, 100, PAGE - 1, PAGE + 1])
def test_resize_unaligned_offset(path, offset):
    with ironmap.open(path, "r+", offset=offset) as m:
        m.resize(8 * PAGE)
        assert m[:] == (BYTES[offset:] + bytes(8 * PAGE))[: 8 * PAGE]
        m.resize(3)
        assert m[:] == BYTES[offset : offset + 3]
    assert path.read_bytes() == BYTES[: offset + 3]


@pytest.mark.skipif(sys.platform == "win32", reason="Windows refuses to cut a mapped file")
@pytest.mark.parametrize("offset", [1, 100, PAGE - 1])
def test_fault_offset_counts_from_map(path, offset):
    m = ironmap.open(path, offset=offset)
    os.truncate(path, PAGE)
    with pytest.raises(ironmap.FaultError) as raised:
        m[:]
    assert (raised.value.offset, raised.value.file_size) == (PAGE - offset, PAGE)
    assert m[: PAGE - offset] == BYTES[offset:PAGE]
    os.truncate(path, 0)
    with pytest.raises(ironmap.FaultError) as raised:
        ironmap.open(path).close()
        m[:]
    assert raised.value.offset == 0


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


def resident(m: ironmap.FileMap) -> int:
    """Returns the resident KiB of a map, from /proc."""
    found = False
    for line in Path("/proc/self/smaps").read_text().splitlines():
        if line.endswith(m.path):
            found = True
        elif found and line.startswith("Rss:"):
            return int(line.split()[1])
    raise AssertionError("no such map")


@pytest.mark.skipif(sys.platform != "linux", reason="/proc/self/smaps is Linux's")
def test_open_populate_loads_all_pages(tmp_path):
    (tmp_path / "large").write_bytes(bytes(1 << 20))
    with ironmap.open(tmp_path / "large") as m:
        assert resident(m) == 0
    with ironmap.open(tmp_path / "large", offset=100, populate=True) as m:
        assert resident(m) == 1024
    with ironmap.open(tmp_path / "large", "r+", populate=True) as m:
        assert resident(m) == 1024


@pytest.mark.skipif(sys.platform != "linux", reason="Linux alone is asked for them")
@pytest.mark.parametrize("refusal", [None, OSError(errno.EINVAL, "none here")])
def test_open_huge_pages_failure_ignored(path, monkeypatch, refusal):
    asked = []

    def madvise(m, advice):
        asked.append((m.path, advice))
        if refusal is not None:
            raise refusal

    monkeypatch.setattr(ironmap.FileMap, "madvise", madvise, raising=False)
    assert ironmap.open(path, huge_pages=True)[:] == BYTES
    assert asked == [(os.path.realpath(path), ironmap.MADV_HUGEPAGE)]


def test_open_trackfd_false(path):
    with ironmap.open(path, "r+", trackfd=False) as m:
        with pytest.raises(ValueError, match="trackfd=False"):
            m.resize(5)


def test_open_audit_events(path):
    program = f"""
import sys, ironmap
events = []
sys.addaudithook(lambda *event: events.append(event))
ironmap.open({str(path)!r}, offset=100, length=7)
print([event for event in events if event[0] == "mmap.__new__"][0][1][1:])
print(any(event[0] == "open" and event[1][0] == {str(path)!r} for event in events))
"""
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True)
    assert done.stdout.splitlines() == ["(7, 1, 100)", "True"], done.stderr


def test_file_map_constructor_refused(path):
    with open(path) as file, pytest.raises(TypeError, match=r"ironmap\.open"):
        ironmap.FileMap(file.fileno(), 0)


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


@unix_only("Windows has no such files")
def test_fileno_unsupported_reason(path):
    for options, text in [
        ({"mode": "c"}, "the map is private, and its changes are in no file"),
        ({"length": 5}, "the map is not the whole of its file"),
        ({"trackfd": False}, "the map keeps no descriptor"),
    ]:
        with pytest.raises(io.UnsupportedOperation, match=text):
            ironmap.open(path, **options).fileno()


def test_star_import_has_no_open():
    program = """
import builtins, ironmap
ironmap.open, ironmap.split, ironmap.install
from ironmap import *
assert open is builtins.open
for name in ("split", "Part", "install", "uninstall", "FileMap", "_map_file", "_absent_map"):
    assert name not in globals(), name
assert mmap is ironmap.mmap
"""
    subprocess.run([sys.executable, "-c", program], check=True)


def test_import_loads_no_other_modules():
    program = """
import io, sys  # Python 3.15 starts without io.
before = set(sys.modules)
import ironmap
print(*sorted(set(sys.modules) - before))
added = {"FaultGuard", "FaultHook", "FileMap", "Part", "install", "open", "split", "uninstall"}
assert added <= set(dir(ironmap)) and not added & vars(ironmap).keys()
"""
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
    # Python's functions for descriptors, which the extension uses.
    windows = ["msvcrt"] if sys.platform == "win32" else []
    assert done.stdout.split() == ["ironmap", "ironmap._ironmap", *windows]
