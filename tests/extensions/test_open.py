"""``ironmap.open``: modes, offsets, paths, options."""

import errno
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
    opened = ironmap.open(path)
    if os.path.basename(opened.path).startswith(".nfs"):
        pytest.skip("NFS gives an open file another name instead of deleting it")
    assert opened.path == os.path.realpath(path)


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
