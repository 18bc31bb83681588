"""``ironmap.open``: modes, offsets, what can be mapped, and what the errors say."""

import errno
import io
import os
import subprocess
import sys
from pathlib import Path

import pytest

import ironmap
from compat.support import unix_only

PAGE = ironmap.PAGESIZE
BYTES = bytes(i % 251 for i in range(3 * PAGE + 10))


@pytest.fixture
def path(tmp_path) -> Path:
    path = tmp_path / "data"
    path.write_bytes(BYTES)
    return path


def test_the_whole_file_for_reading(path):
    with ironmap.open(path) as m:
        assert isinstance(m, ironmap.mmap)
        assert isinstance(m, ironmap.FileMap)
        assert (m[:], len(m), m.size()) == (BYTES, len(BYTES), len(BYTES))
        assert m.path == os.path.realpath(path)
        with pytest.raises(TypeError, match="readonly"):
            m[0] = 1
    assert m.closed


@pytest.mark.parametrize("make", [str, os.fsencode, Path])
def test_every_kind_of_path(path, make):
    with ironmap.open(make(path)) as m:
        assert m.path == os.path.realpath(path)


def test_a_descriptor_is_no_path():
    with pytest.raises(TypeError, match="os.PathLike"):
        ironmap.open(3)


def test_the_path_is_kept_when_the_folder_is_changed(path, monkeypatch):
    monkeypatch.chdir(path.parent)
    m = ironmap.open("data")
    monkeypatch.chdir("/")
    assert m.path == os.path.realpath(path)


def test_the_path_of_a_file_that_is_deleted_meanwhile(path, monkeypatch):
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
def test_the_path_is_without_links_and_dots(path, monkeypatch):
    (path.parent / "folder").mkdir()
    (path.parent / "folder" / "link").symlink_to("../data")
    monkeypatch.chdir(path.parent)
    assert ironmap.open("folder/../folder/link").path == os.path.realpath(path)


@unix_only("Windows has no such files")
def test_the_path_where_the_system_does_not_tell_it(path, monkeypatch):
    def refuse(path, **_options):
        raise PermissionError(path)

    monkeypatch.setattr(os, "readlink", refuse)
    assert ironmap.open(path).path == str(path)


def test_r_plus_writes_to_the_file(path):
    with ironmap.open(path, "r+") as m:
        m[:5] = b"hello"
        m.resize(7)
    assert path.read_bytes() == b"hello" + BYTES[5:7]


def test_c_keeps_changes_to_itself(path):
    with ironmap.open(path, "c") as m:
        m[:5] = b"hello"
        assert m[:5] == b"hello"
    assert path.read_bytes() == BYTES


@pytest.mark.parametrize("length", [1, PAGE, 5 * PAGE])
def test_w_plus_makes_a_file_of_zeros(path, length):
    with ironmap.open(path, "w+", length=length, offset=100) as m:
        assert m[:] == bytes(length)
        m[:1] = b"x"
    assert path.read_bytes() == bytes(100) + b"x" + bytes(length - 1)


def test_w_plus_makes_a_file_that_was_not_there(tmp_path):
    ironmap.open(tmp_path / "new", "w+", length=5).close()
    assert (tmp_path / "new").read_bytes() == bytes(5)


@pytest.mark.parametrize("offset", [1, 100, PAGE - 1, PAGE, PAGE + 1, len(BYTES) - 1])
def test_any_offset(path, offset):
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
        m.flush(1, None)
        for outside in [(len(m) + 1,), (1, len(m)), (-1,), (1, -2)]:
            with pytest.raises(ValueError, match="flush values out of range"):
                m.flush(*outside)
    assert path.read_bytes() == BYTES[:offset] + b"\xff" + BYTES[offset + 1 :]


def test_length(path):
    assert ironmap.open(path, length=10)[:] == BYTES[:10]
    assert ironmap.open(path, offset=7, length=10)[:] == BYTES[7:17]
    assert ironmap.open(path, offset=len(BYTES) - 3, length=3)[:] == BYTES[-3:]


def test_the_end_of_the_file_is_an_empty_map(path):
    with ironmap.open(path, offset=len(BYTES)) as m:
        assert (len(m), m[:]) == (0, b"")


@pytest.mark.parametrize("mode", ["r", "r+", "c"])
def test_an_empty_file_is_an_empty_map(tmp_path, mode):
    (tmp_path / "empty").touch()
    with ironmap.open(tmp_path / "empty", mode, populate=True, huge_pages=True) as m:
        assert (len(m), m[:], m.read(), m.find(b"x")) == (0, b"", b"", -1)
        if mode == "r+":
            m.resize(4)
            m[:] = b"four"
    assert (tmp_path / "empty").read_bytes() == (b"four" if mode == "r+" else b"")


@pytest.mark.parametrize("offset", [1, 100, PAGE - 1, PAGE + 1])
def test_a_map_that_begins_inside_a_page_is_resized(path, offset):
    with ironmap.open(path, "r+", offset=offset) as m:
        m.resize(8 * PAGE)
        assert m[:] == (BYTES[offset:] + bytes(8 * PAGE))[: 8 * PAGE]
        m.resize(3)
        assert m[:] == BYTES[offset : offset + 3]
    assert path.read_bytes() == BYTES[: offset + 3]


@pytest.mark.skipif(sys.platform == "win32", reason="no file is cut under its map")
@pytest.mark.parametrize("offset", [1, 100, PAGE - 1])
def test_faults_count_from_the_map(path, offset):
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


def test_modes_that_are_none(path):
    refused(ValueError, "invalid mode 'rb': must be one of 'r', 'r+', 'w+', 'c'", path, "rb")


@pytest.mark.parametrize("mode", [[], None, b"r", 1])
def test_modes_that_are_no_text(path, mode):
    refused(TypeError, f"mode must be str, not {type(mode).__name__}", path, mode)


def test_numbers_that_are_none(path):
    refused(ValueError, "offset must be from 0 to", path, offset=-1)
    refused(ValueError, "length must be from 0 to", path, length=-5)
    refused(ValueError, "not 9223372036854775808", path, length=1 << 63)
    refused(TypeError, "integer", path, offset=1.5)


@pytest.mark.parametrize("mode", ["r", "r+", "c"])
def test_bytes_that_the_file_does_not_have(path, mode):
    size = len(BYTES)
    text = f"offset {size + 1} is past the end of {str(path)!r}, which has {size} bytes"
    refused(ValueError, text, path, mode, offset=size + 1)
    text = f"{size} bytes from 1 on reach past the end of {str(path)!r}, which has {size} bytes"
    refused(ValueError, text, path, mode, offset=1, length=size)
    assert path.read_bytes() == BYTES


def test_w_plus_that_fails_leaves_the_file(path, tmp_path):
    refused(ValueError, "mode 'w+' makes a new file, whose length must be given", path, "w+")
    named = repr(str(path))
    error = refused(OSError, named, path, "w+", length=sys.maxsize)
    assert error.errno in (errno.EFBIG, errno.EINVAL, errno.ENOSPC)
    refused(OSError, named, path, "w+", length=sys.maxsize, offset=sys.maxsize)
    assert path.read_bytes() == BYTES
    if sys.platform != "win32":
        refused(OSError, str(tmp_path), tmp_path, "w+", length=1)


@pytest.mark.skipif(sys.platform != "win32", reason="Unix cuts a file that is mapped")
@pytest.mark.parametrize("length", [1, len(BYTES), 5 * PAGE])
def test_w_plus_of_a_file_that_has_another_map_leaves_it(path, length):
    with ironmap.open(path) as m:
        refused(OSError, repr(str(path)), path, "w+", length=length)
        assert m[:] == BYTES
    # Wine cuts no file that is mapped, Windows none below the map's end.
    assert path.read_bytes() in (BYTES, BYTES.ljust(length, b"\0"))


def test_errors_without_a_number_keep_their_words(path, monkeypatch):
    def refuse(*_arguments):
        raise OSError("this system has no fallocate")

    monkeypatch.setattr("ironmap._open._reserve_space", refuse)
    refused(OSError, "this system has no fallocate", path, "r+", reserve=True)


class NoTruth:
    def __bool__(self):
        raise TypeError("neither true nor false")


UNUSABLE = [
    {"advise": ["sequential"]},
    {"advise": 1.5},
    {"advise": [0, 9999]},
    {"advise": 1 << 40},
    {"trackfd": None},
    {"populate": NoTruth()},
    {"huge_pages": NoTruth()},
]


@pytest.mark.parametrize("options", UNUSABLE, ids=str)
@pytest.mark.parametrize("length", [1, len(BYTES), 5 * PAGE])
def test_w_plus_with_arguments_that_cannot_be_used_leaves_the_files(path, options, length):
    for each in (path, path.with_name("new")):
        with pytest.raises((TypeError, OSError, OverflowError, NotImplementedError)):
            ironmap.open(each, "w+", length=length, **options)
    assert path.read_bytes() == BYTES
    assert_no_new_file(path.parent, path.name)


def assert_no_new_file(folder: Path, *names: str) -> None:
    """What failed to be made is not there; but empty, where no file can be without a name."""
    new = set(os.listdir(folder)) - set(names)
    assert not new or not hasattr(os, "O_TMPFILE")
    assert all((folder / name).stat().st_size == 0 for name in new)


def test_w_plus_takes_advice_from_an_iterator(path):
    if sys.platform == "win32":
        pytest.skip("Windows takes no advice")
    advice = iter([ironmap.MADV_RANDOM, ironmap.MADV_NORMAL])
    with ironmap.open(path, "w+", length=5, advise=advice, populate=True) as m:
        assert m[:] == bytes(5)


@pytest.mark.skipif(sys.platform != "linux", reason="RLIMIT_AS is not kept to elsewhere")
def test_w_plus_without_memory_for_the_map_leaves_the_files(path):
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


@unix_only("Windows has no such files")
def test_w_plus_makes_what_a_link_leads_to(tmp_path):
    (tmp_path / "link").symlink_to("target")
    refused(OSError, "", tmp_path / "link", "w+", length=5, advise=9999)
    assert_no_new_file(tmp_path, "link")
    ironmap.open(tmp_path / "link", "w+", length=5).close()
    assert (tmp_path / "target").read_bytes() == bytes(5)


def test_w_plus_when_another_process_makes_the_file_first(tmp_path, monkeypatch):
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


def test_w_plus_in_a_folder_that_is_not_there(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    name = os.path.join("nowhere", "new")
    assert refused(FileNotFoundError, "", name, "w+", length=5).filename == name


def test_a_file_that_is_not_there(tmp_path):
    error = refused(FileNotFoundError, "nowhere", tmp_path / "nowhere")
    assert error.filename == str(tmp_path / "nowhere")


@unix_only("Windows has no such files")
def test_what_cannot_be_mapped_is_named(tmp_path):
    assert refused(IsADirectoryError, str(tmp_path), str(tmp_path)).filename == str(tmp_path)
    pipe = tmp_path / "pipe"
    os.mkfifo(pipe)
    for mode in ("r", "r+"):
        assert refused(OSError, str(pipe), pipe, mode).errno == errno.ENODEV
    refused(ValueError, "'/dev/zero' has no end: a length must be given", "/dev/zero")
    assert refused(OSError, "/dev/null", "/dev/null", length=5).errno == errno.ENODEV
    with ironmap.open("/dev/zero", "c", length=5, offset=7) as m:
        assert m[:] == bytes(5)


@pytest.mark.skipif(sys.platform != "linux", reason="Linux has /proc")
def test_files_that_are_made_when_they_are_read():
    error = refused(OSError, "made when it is read", "/proc/self/status")
    assert (error.errno, error.filename) == (errno.ENODEV, "/proc/self/status")


@pytest.mark.skipif(sys.platform != "linux", reason="loop devices are Linux's")
def test_a_block_device_by_its_size(path):
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
def test_advice(path):
    wanted = (ironmap.MADV_SEQUENTIAL, ironmap.MADV_WILLNEED)
    assert ironmap.open(path, advise=wanted, offset=5)[:] == BYTES[5:]
    assert ironmap.open(path, advise=ironmap.MADV_RANDOM)[:] == BYTES
    error = refused(OSError, str(path), path, advise=[ironmap.MADV_NORMAL, 9999])
    assert error.errno == errno.EINVAL


def resident(m: ironmap.FileMap) -> int:
    """How many KiB of a map the process has, as Linux says."""
    found = False
    for line in Path("/proc/self/smaps").read_text().splitlines():
        if line.endswith(m.path):
            found = True
        elif found and line.startswith("Rss:"):
            return int(line.split()[1])
    raise AssertionError("no such map")


@pytest.mark.skipif(sys.platform != "linux", reason="/proc/self/smaps is Linux's")
def test_populate(tmp_path):
    (tmp_path / "large").write_bytes(bytes(1 << 20))
    with ironmap.open(tmp_path / "large") as m:
        assert resident(m) == 0
    with ironmap.open(tmp_path / "large", offset=100, populate=True) as m:
        assert resident(m) == 1024
    with ironmap.open(tmp_path / "large", "r+", populate=True) as m:
        assert resident(m) == 1024


@pytest.mark.skipif(sys.platform != "linux", reason="Linux alone is asked for them")
@pytest.mark.parametrize("refusal", [None, OSError(errno.EINVAL, "none here")])
def test_huge_pages_are_a_wish(path, monkeypatch, refusal):
    asked = []

    def madvise(m, advice):
        asked.append((m.path, advice))
        if refusal is not None:
            raise refusal

    monkeypatch.setattr(ironmap.FileMap, "madvise", madvise, raising=False)
    assert ironmap.open(path, huge_pages=True)[:] == BYTES
    assert asked == [(os.path.realpath(path), ironmap.MADV_HUGEPAGE)]


def test_without_a_descriptor(path):
    with ironmap.open(path, "r+", trackfd=False) as m:
        with pytest.raises(ValueError, match="trackfd=False"):
            m.resize(5)


def test_audit_events(path):
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


def test_only_open_makes_them(path):
    with open(path) as file, pytest.raises(TypeError, match=r"ironmap\.open"):
        ironmap.FileMap(file.fileno(), 0)


def test_no_descriptor_is_left(path):
    def descriptors() -> int:
        return len(os.listdir("/dev/fd" if sys.platform != "linux" else "/proc/self/fd"))

    if sys.platform == "win32":
        pytest.skip("Windows does not list them")
    before = descriptors()
    for _ in range(3):
        ironmap.open(path).close()
        refused(ValueError, "past the end", path, length=1 << 40)
        refused(OSError, "", path, advise=9999)
    assert descriptors() == before


@unix_only("Windows has no such files")
def test_fileno_says_why_there_is_none(path):
    for options, text in [
        ({"mode": "c"}, "the map is private, and its changes are in no file"),
        ({"length": 5}, "the map is not the whole of its file"),
        ({"trackfd": False}, "the map keeps no descriptor"),
    ]:
        with pytest.raises(io.UnsupportedOperation, match=text):
            ironmap.open(path, **options).fileno()


def test_import_star_brings_no_open():
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


def test_import_brings_only_what_the_stdlib_module_has():
    program = """
import sys
before = set(sys.modules)
import ironmap
print(*sorted(set(sys.modules) - before))
added = {"FaultGuard", "FaultHook", "FileMap", "Part", "install", "open", "split", "uninstall"}
assert added <= set(dir(ironmap)) and not added & vars(ironmap).keys()
"""
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
    # Its functions for descriptors are Python's.
    windows = ["msvcrt"] if sys.platform == "win32" else []
    assert done.stdout.split() == ["ironmap", "ironmap._ironmap", *windows]
