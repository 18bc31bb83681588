"""Mode ``w+``: a failure leaves all files as they were, those of others too."""

import errno
import os
import subprocess
import sys
import threading
from pathlib import Path

import pytest

import ironmap
from compat.support import unix_only

PAGE = ironmap.PAGESIZE
OLD = bytes(1 + i % 250 for i in range(3 * PAGE + 10))
SIZES = [1, len(OLD), 5 * PAGE]
EVENTS = ("open", "mmap.__new__", "os.truncate")

pytestmark = unix_only("a file that is mapped is replaced in another way on Windows")


@pytest.fixture
def path(tmp_path) -> Path:
    path = tmp_path / "data"
    path.write_bytes(OLD)
    return path


@pytest.fixture
def at_events():
    """Runs a function at each audit event of `open`, until the test ends."""
    running = [True]

    def install(function):
        def hook(event, arguments):
            if running[0] and event in EVENTS and threading.get_ident() == thread:
                function(event, arguments)

        thread = threading.get_ident()
        sys.addaudithook(hook)
        return running

    yield install
    running[0] = False


OPTIONS = [
    {},
    {"advise": 0},
    {"reserve": True},
    {"populate": True},
    {"trackfd": False},
    {"offset": 7},
]


def skip_unless_reserved(folder, options):
    if "reserve" in options:
        try:
            ironmap.open(folder / "reserved", "w+", length=1, reserve=True).close()
        except OSError as error:
            pytest.skip(f"no space is reserved here: {error}")
        (folder / "reserved").unlink()


def skip_unless_advised(folder, advice):
    probe = folder / "probe"
    with ironmap.open(probe, "w+", length=PAGE) as m:
        try:
            m.madvise(getattr(ironmap, advice))
        except OSError as error:
            if error.errno != errno.EOPNOTSUPP:
                raise
            pytest.skip(f"the file system has no {advice}: {error}")
    probe.unlink()


@pytest.mark.parametrize("options", OPTIONS, ids=str)
@pytest.mark.parametrize("length", SIZES)
def test_open_w_plus_interrupted_keeps_old_file(path, at_events, options, length):
    skip_unless_reserved(path.parent, options)
    countdown = [0]

    def interrupt(_event, _arguments):
        countdown[0] -= 1
        if countdown[0] == 0:
            raise KeyboardInterrupt

    running = at_events(interrupt)
    for place in (path, path.with_name("new")):
        number = 0
        while True:
            number += 1
            countdown[0] = number
            running[0] = True
            try:
                ironmap.open(place, "w+", length=length, **options).close()
                break
            except KeyboardInterrupt:
                pass
            finally:
                running[0] = False
            assert path.read_bytes() == OLD
            assert place == path or not place.exists() or place.read_bytes() == b""
        assert number > 3
        assert place.read_bytes() == bytes(options.get("offset", 0) + length)
        path.write_bytes(OLD)


@pytest.mark.parametrize("length", [1, 1 << 20])
def test_open_w_plus_failure_keeps_appended_bytes(path, at_events, length):
    appended = []

    def append(event, _arguments):
        running[0] = False
        with path.open("ab", buffering=0) as file:
            file.write(b"record\n")
        running[0] = True
        appended.append(event)

    running = at_events(append)
    with pytest.raises(OSError):
        ironmap.open(path, "w+", length=length, advise=9999)
    running[0] = False
    assert appended
    assert path.read_bytes() == OLD + b"record\n" * len(appended)


def test_open_w_plus_failure_keeps_concurrent_appends(tmp_path):
    path = tmp_path / "log"
    path.touch()
    program = f"""
import os
fd = os.open({str(path)!r}, os.O_WRONLY | os.O_APPEND)
for number in range(20000):
    os.write(fd, b"%07d\\n" % number)
"""
    with subprocess.Popen([sys.executable, "-c", program]) as writer:
        while writer.poll() is None:
            with pytest.raises(OSError):
                ironmap.open(path, "w+", length=8, advise=9999)
    assert path.read_bytes() == b"".join(b"%07d\n" % number for number in range(20000))


@pytest.mark.parametrize("failing", [True, False])
def test_open_w_plus_file_replaced_meanwhile(tmp_path, at_events, failing):
    path, theirs = tmp_path / "data", tmp_path / "theirs"
    theirs.write_bytes(b"the other process's only copy")

    def put(event, _arguments):
        if event == "mmap.__new__":
            running[0] = False
            os.replace(theirs, path)

    running = at_events(put)
    if failing:
        with pytest.raises(OSError):
            ironmap.open(path, "w+", length=4000, advise=9999)
        assert path.read_bytes() == b"the other process's only copy"
    else:
        ironmap.open(path, "w+", length=4000).close()
        assert path.read_bytes() == bytes(4000)


@pytest.mark.parametrize("length", [3 << 19, 5 << 20])
@pytest.mark.parametrize("ignored", [True, False])
@pytest.mark.parametrize("options", [{}, {"reserve": True}], ids=str)
def test_open_w_plus_past_rlimit_fsize_keeps_old_file(tmp_path, length, ignored, options):
    skip_unless_reserved(tmp_path, options)
    path = tmp_path / "data"
    path.write_bytes(b"precious" * (2 << 17))
    program = f"""
import os, resource, signal, ironmap
ironmap.open
if not {ignored}:
    signal.signal(signal.SIGXFSZ, signal.SIG_DFL)
resource.setrlimit(resource.RLIMIT_FSIZE, (1 << 20, resource.RLIM_INFINITY))
for path in ({str(path)!r}, {str(tmp_path / "new")!r}):
    try:
        ironmap.open(path, "w+", length={length}, **{options})
    except OSError as error:
        print(error.errno, error.filename == path)
"""
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True)
    expected = [f"{errno.EFBIG} True"] * 2
    if sys.platform == "linux":
        assert done.stdout.splitlines() == expected, done.stderr
    assert path.read_bytes() == b"precious" * (2 << 17)
    assert os.listdir(tmp_path) == ["data"]


def test_open_w_plus_maps_before_touching_file(path, at_events):
    sizes = []

    def look(event, _arguments):
        sizes.append((event, os.stat(path).st_size))

    running = at_events(look)
    ironmap.open(path, "w+", length=5 * PAGE, advise=0).close()
    running[0] = False
    assert sizes == [(event, len(OLD)) for event in EVENTS]


@pytest.mark.parametrize("advice", ["MADV_POPULATE_READ", "MADV_POPULATE_WRITE", "MADV_REMOVE"])
@pytest.mark.parametrize("length", SIZES)
def test_open_w_plus_page_making_advice(path, advice, length):
    if not hasattr(ironmap, advice):
        pytest.skip(f"no {advice} here")
    skip_unless_advised(path.parent, advice)
    for place in (path, path.with_name("new")):
        with ironmap.open(place, "w+", length=length, advise=getattr(ironmap, advice)) as m:
            assert m[:] == bytes(length)
        assert place.read_bytes() == bytes(length)
    path.write_bytes(OLD)
    with pytest.raises(OSError):
        ironmap.open(path, "w+", length=length, advise=[getattr(ironmap, advice), 9999])
    assert path.read_bytes() == OLD


def test_open_w_plus_writable_and_resizable(path):
    with ironmap.open(path, "w+", length=PAGE) as m:
        assert "access=ACCESS_WRITE" in repr(m)
        m[:5] = b"hello"
        m.flush()
        m.resize(2 * PAGE)
        m.protect(ironmap.ACCESS_READ)
        with pytest.raises(TypeError):
            m[0] = 1
    assert path.read_bytes() == b"hello" + bytes(2 * PAGE - 5)


def test_open_w_plus_file_mode(tmp_path):
    before = os.umask(0o027)
    try:
        ironmap.open(tmp_path / "new", "w+", length=5).close()
    finally:
        os.umask(before)
    assert (tmp_path / "new").stat().st_mode & 0o777 == 0o640


def test_open_w_plus_keeps_links_and_mode(path):
    path.chmod(0o600)
    (path.parent / "hard").hardlink_to(path)
    (path.parent / "soft").symlink_to("data")
    with path.open("rb") as file:
        ironmap.open(path.parent / "soft", "w+", length=5).close()
        assert file.read() == bytes(5)
    assert (path.parent / "hard").read_bytes() == bytes(5)
    assert path.stat().st_mode & 0o777 == 0o600


@pytest.mark.skipif(sys.platform != "linux", reason="fs.protected_regular is Linux's")
def test_open_w_plus_uses_o_creat(path, monkeypatch):
    flags = []
    opens = os.open

    def note(name, flag, *mode):
        flags.append((os.fspath(name), flag))
        return opens(name, flag, *mode)

    monkeypatch.setattr(os, "open", note)
    ironmap.open(path, "w+", length=5).close()
    # The protection applies to files opened with O_CREAT.
    assert [flag & (os.O_CREAT | os.O_EXCL) for name, flag in flags] == [os.O_CREAT]
    assert flags[0][0] == str(path)
