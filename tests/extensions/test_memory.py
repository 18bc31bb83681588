"""Pages in memory: populate, resident, lock, unlock, drop, cold."""

import errno
import inspect
import mmap as stdlib
import os
import re
import signal
import subprocess
import sys
import threading
from pathlib import Path

import pytest

import ironmap as mmap
from compat.support import CLOSED, Closing, linux_only, unix_only
from hang import HANG
from mounts import is_in_memory_alone

PAGE = mmap.PAGESIZE
PAGES = 64
LINUX = sys.platform == "linux"

RANGED = ["populate", "resident", "lock", "unlock", *(["drop", "cold"] if LINUX else [])]
SIGNATURES = {name: "(start=0, length=None, /)" for name in RANGED} | {
    "lock": "(start=0, length=None, /, *, progress=None)",
    "populate": "(start=0, length=None, /, *, progress=None)",
    "resident": "(start=0, length=None, /, *, pages=False, progress=None)",
}


@pytest.fixture
def path(tmp_path):
    """Writes a file and syncs it to its disk."""
    path = tmp_path / "data"
    with path.open("wb") as file:
        file.write(bytes(range(256)) * (PAGES * PAGE // 256))
        file.flush()
        os.fsync(file.fileno())
    return path


@pytest.fixture
def map(path):
    with path.open("r+b") as file, mmap.mmap(file.fileno(), 0) as map:
        yield map


def locked_bytes():
    status = Path("/proc/self/status").read_text()
    line = next(line for line in status.splitlines() if line.startswith("VmLck:"))
    return 1024 * int(line.split()[1])


@pytest.mark.parametrize("name", SIGNATURES)
def test_memory_method_signature(name):
    assert not hasattr(stdlib.mmap, name)
    method = getattr(mmap.mmap(-1, 1), name)
    assert str(inspect.signature(method)) == SIGNATURES[name]
    assert method.__doc__


# populate and resident


def test_populate_makes_pages_resident(map):
    assert map.populate() is None
    assert map.resident() == 1.0
    assert map.resident(pages=True) == b"\1" * PAGES


def test_resident_pages_flag_lists_pages():
    with mmap.mmap(-1, 4 * PAGE) as map:
        map.populate(PAGE + 1, PAGE)
        assert map.resident(pages=True) == b"\0\1\1\0"
        assert map.resident(pages=False) == 0.5
        assert map.resident(0, PAGE) == 0.0
        assert map.resident(2 * PAGE - 1, 2) == 1.0
        assert map.resident(2 * PAGE - 1, 2, pages=True) == b"\1\1"


def test_populate_length_past_end(map):
    map.populate(PAGE, sys.maxsize)
    assert map.resident((PAGES - 1) * PAGE, 10 * PAGE, pages=True) == b"\1"


def test_resident_empty_range(map):
    assert (map.resident(0, 0), map.resident(len(map))) == (1.0, 1.0)
    assert map.resident(5, 0, pages=True) == b""


@unix_only("Windows refuses to make a mapped file shorter")
@pytest.mark.parametrize("name", ["populate", "lock"])
def test_populate_or_lock_truncated_file(map, path, name):
    os.truncate(path, 3 * PAGE)
    with pytest.raises(mmap.FaultError) as caught:
        getattr(map, name)()
    assert (caught.value.offset, caught.value.file_size) == (3 * PAGE, 3 * PAGE)
    assert map[:4] == bytes(range(4))
    map.populate(0, 3 * PAGE)
    if LINUX:
        assert locked_bytes() == 0


@unix_only("Windows refuses to make a mapped file shorter")
def test_resident_truncated_file(map, path):
    os.truncate(path, 3 * PAGE)
    assert map.resident(3 * PAGE) == 0.0
    assert map.faults == 0


@pytest.fixture
def endless():
    """Maps memory in which each page is the kernel's page of zeros."""
    flags = mmap.MAP_PRIVATE | mmap.MAP_ANONYMOUS
    with mmap.mmap(-1, 64 << 30, flags=flags, prot=mmap.PROT_READ) as map:
        map.madvise(mmap.MADV_NOHUGEPAGE)
        yield map


class Interrupted(Exception):
    pass


# On a busy machine the signal can come before the action begins.
TRIES = 20


def check_interrupted(action, first=lambda: None):
    """Checks that a signal ends the action; its handler calls `first` before."""

    def interrupt(number, frame):
        first()
        raise Interrupted

    before = signal.signal(signal.SIGALRM, interrupt)
    try:
        with pytest.raises(Interrupted):
            signal.setitimer(signal.ITIMER_REAL, 0.01)
            action()
    finally:
        signal.signal(signal.SIGALRM, before)


@linux_only
def test_populate_interrupted_by_signal(endless):
    for _ in range(TRIES):
        check_interrupted(endless.populate)
        if endless.resident() > 0:
            break
    assert 0 < endless.resident() < 1


@linux_only
def test_populate_releases_gil(endless):
    rounds = []

    def populate():
        with pytest.raises(ValueError, match=CLOSED):
            while True:
                endless.populate(0, 1 << 30)
                rounds.append(None)

    thread = threading.Thread(target=populate)
    thread.start()
    steps = 0
    while len(rounds) < 3:
        steps += 1
    assert steps > 1000
    endless.close()
    thread.join()


# lock and unlock


@linux_only
def test_lock_and_unlock(map):
    map.lock(1, PAGE)
    assert locked_bytes() == 2 * PAGE
    assert map.resident(0, 2 * PAGE) == 1.0
    map.unlock(PAGE)
    assert locked_bytes() == PAGE
    map.unlock()
    map.unlock()
    assert locked_bytes() == 0
    map.lock()
    map.close()
    assert locked_bytes() == 0


LIMITED = f"""
import ctypes, resource, sys
sys.path[:0] = {sys.path!r}
import ironmap as mmap
from tests.extensions.test_memory import PAGE, locked_bytes

# Drop the capabilities: a privileged process has no limit.
class Head(ctypes.Structure):
    _fields_ = [("version", ctypes.c_uint32), ("pid", ctypes.c_int)]

libc = ctypes.CDLL(None, use_errno=True)
assert libc.capset(ctypes.byref(Head(0x20080522, 0)), ctypes.byref((ctypes.c_uint32 * 6)())) == 0

limit = int(sys.argv[1])
resource.setrlimit(resource.RLIMIT_MEMLOCK, (limit, limit))
map = mmap.mmap(-1, int(sys.argv[2]))
try:
    map.lock()
except OSError as error:
    print(type(error).__name__, error.errno, error.strerror)
print(locked_bytes())
if limit:
    map.lock(0, PAGE)
    print(locked_bytes() // PAGE)
"""


def lock_under(limit, length):
    done = subprocess.run(
        [sys.executable, "-c", LIMITED, str(limit), str(length)],
        cwd=Path(__file__).parents[2],
        capture_output=True,
        text=True,
        timeout=HANG,
    )
    assert done.returncode == 0, done.stderr
    return done.stdout.splitlines()


@linux_only
@pytest.mark.parametrize("length", [1 << 20, 40 << 20])
def test_lock_past_rlimit_memlock(length):
    limit = 64 << 10
    error, after, again = lock_under(limit, length)
    # The time of the first parts decides how long the next ones are.
    (part,) = re.findall(r"mlock of (\d+) bytes", error)
    assert int(part) <= length
    assert error == (
        f"OSError 12 locking {length} bytes: mlock of {part} bytes, "
        f"where RLIMIT_MEMLOCK is {limit} bytes, failed: Cannot allocate memory"
    )
    assert (after, again) == ("0", "1")


@linux_only
def test_lock_past_limit_unlocks_locked_part():
    import resource

    limit = 6 << 20
    hard = resource.getrlimit(resource.RLIMIT_MEMLOCK)[1]
    if hard != resource.RLIM_INFINITY and hard < limit:
        pytest.skip(f"this process may lock {hard} bytes, and the test wants {limit}")
    error, after, again = lock_under(limit, 10 << 20)
    assert "RLIMIT_MEMLOCK is 6291456 bytes" in error
    assert (after, again) == ("0", "1")


def need_locks(length):
    """Skips the test if this process may not lock as much."""
    import resource

    limit, _ = resource.getrlimit(resource.RLIMIT_MEMLOCK)
    if 0 <= limit < length:
        try:
            mmap.mmap(-1, limit + PAGE).lock()
        except OSError as error:
            pytest.skip(f"this process may not lock so much: {error}")


@linux_only
def test_lock_interrupted_while_map_shrinks():
    length, kept = 2 << 30, 1 << 20
    need_locks(length)
    for _ in range(TRIES):
        with mmap.mmap(-1, length, flags=mmap.MAP_PRIVATE | mmap.MAP_ANONYMOUS) as map:
            # This makes lock slower.
            map.madvise(mmap.MADV_NOHUGEPAGE)
            check_interrupted(map.lock, first=lambda map=map: map.resize(kept))
            assert (len(map), locked_bytes()) == (kept, 0)
            resident = map.resident()
        if resident > 0:
            break
    assert resident == 1.0


PRIVILEGED = f"""
import os, resource, sys
sys.path[:0] = {sys.path!r}
import ironmap as mmap
from tests.extensions.test_memory import PAGE, locked_bytes

resource.setrlimit(resource.RLIMIT_MEMLOCK, (PAGE, PAGE))
try:
    mmap.mmap(-1, 2 * PAGE).lock()
except OSError:
    sys.exit("this process may not lock more than its limit")
with open(sys.argv[1], "r+b") as file:
    map = mmap.mmap(file.fileno(), 0)
os.truncate(sys.argv[1], PAGE)
try:
    map.lock()
except mmap.FaultError as error:
    print(error.offset // PAGE, locked_bytes())
"""


@linux_only
def test_lock_lost_page_raises_fault_error(path):
    done = subprocess.run(
        [sys.executable, "-c", PRIVILEGED, path],
        cwd=Path(__file__).parents[2],
        capture_output=True,
        text=True,
        timeout=HANG,
    )
    if "may not lock" in done.stderr:
        pytest.skip(done.stderr.strip())
    assert (done.stdout, done.stderr) == ("1 0\n", "")


@linux_only
def test_lock_limit_zero():
    error, after = lock_under(0, PAGE)
    assert error.startswith("PermissionError 1 locking ")
    assert "RLIMIT_MEMLOCK is 0 bytes" in error
    assert after == "0"


# drop and cold


@linux_only
def test_drop_evicts_pages(map, path):
    if is_in_memory_alone(path):
        pytest.skip("this file system has no disk to read dropped pages from")
    map.populate()
    map.drop()
    assert map.resident() == 0.0
    assert map[:256] == bytes(range(256))
    assert map.resident(0, 1) == 1.0


@linux_only
def test_drop_keeps_changes(map, path):
    map[:7] = b"changed"
    map.drop()
    assert map[:7] == b"changed"
    map.protect(mmap.ACCESS_READ)
    map.drop()
    assert path.read_bytes()[:7] == map[:7] == b"changed"


@linux_only
def test_drop_private_or_anonymous_refused(path):
    text = "a private or anonymous map can have bytes that are nowhere else"
    with path.open("r+b") as file:
        private = mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_COPY)
        private[:7] = b"changed"
        private.protect(mmap.ACCESS_READ)
        for map in (private, mmap.mmap(-1, PAGE)):
            with map, pytest.raises(TypeError, match=text):
                map.drop()
        flags = {"flags": mmap.MAP_PRIVATE, "prot": mmap.PROT_READ}
        with mmap.mmap(file.fileno(), 0, **flags) as map:
            map.drop()
        with mmap.mmap(file.fileno(), 0, trackfd=False) as map:
            with pytest.raises(ValueError, match="can't drop pages with trackfd=False"):
                map.drop()


@linux_only
def test_drop_locked_pages_refused(map):
    map.lock(0, PAGE)
    with pytest.raises(OSError, match="madvise of .* Invalid argument") as caught:
        map.drop()
    assert caught.value.errno == 22
    map.unlock()


@linux_only
def test_cold_keeps_bytes(map):
    map[:7] = b"changed"
    assert map.cold() is None
    map.cold(PAGE + 1, 1)
    assert map[:8] == b"changed\7"
    with mmap.mmap(-1, PAGE, access=mmap.ACCESS_COPY) as memory:
        memory[:3] = b"own"
        memory.cold()
        assert memory[:3] == b"own"


# arguments


@pytest.mark.parametrize("name", RANGED)
def test_memory_methods_out_of_range(map, name):
    method = getattr(map, name)
    with pytest.raises(ValueError, match="^start must be 0 or more, not -1$"):
        method(-1)
    with pytest.raises(ValueError, match="^length must be 0 or more, not -2$"):
        method(0, -2)
    with pytest.raises(ValueError, match=f"is out of bounds of a map of {len(map)} bytes"):
        method(len(map) + 1)
    with pytest.raises(OverflowError):
        method(1 << 64)
    with pytest.raises(TypeError):
        method("0")
    with pytest.raises(TypeError):
        method(0, 1, 2)
    method(len(map))
    method(0, None)
    if name == "lock":
        map.unlock()


def test_resident_unknown_keyword(map):
    with pytest.raises(TypeError, match="unexpected keyword argument 'page'"):
        map.resident(page=True)


class ClosingTruth(Closing):
    def __bool__(self):
        return bool(self.__index__())


@pytest.mark.parametrize("name", RANGED)
def test_memory_methods_closed_map(map, name):
    with pytest.raises(ValueError, match=CLOSED):
        getattr(map, name)(Closing(0, map))
    with pytest.raises(ValueError, match=CLOSED):
        getattr(map, name)(1)


def test_resident_argument_closes_map(map):
    with pytest.raises(ValueError, match=CLOSED):
        map.resident(pages=ClosingTruth(1, map))


@pytest.mark.skipif(sys.platform == "win32", reason="Windows flushes from any offset")
def test_errors_of_alignment_note_what_must_be_a_multiple(tmp_path):
    """In a note: the text is the stdlib module's."""
    path = tmp_path / "data"
    path.write_bytes(bytes(4 * mmap.PAGESIZE))
    unit = f"ALLOCATIONGRANULARITY ({mmap.ALLOCATIONGRANULARITY})"
    page = f"PAGESIZE ({mmap.PAGESIZE})"
    with path.open("r+b") as file, mmap.mmap(file.fileno(), 0) as m:
        calls = [
            (lambda: mmap.mmap(file.fileno(), 0, offset=7), f"offset must be a multiple of {unit}"),
            (lambda: m.flush(7), f"offset must be a multiple of {page}"),
            (lambda: m.flush(7, 10), f"offset must be a multiple of {page}"),
            (lambda: m.madvise(mmap.MADV_NORMAL, 7), f"start must be a multiple of {page}"),
        ]
        for call, need in calls:
            with pytest.raises(OSError) as caught:
                call()
            assert str(caught.value) == f"[Errno {errno.EINVAL}] {os.strerror(errno.EINVAL)}"
            assert caught.value.__notes__ == [f"{need}, not 7"]
        with pytest.raises(OSError) as caught:
            m.madvise(123456)
        assert not hasattr(caught.value, "__notes__")
