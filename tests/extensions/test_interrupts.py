"""Signal handlers run while a long operation does, and may end it, close its map or resize it."""

import signal
import sys

import pytest

import ironmap

pytestmark = pytest.mark.skipif(sys.platform == "win32", reason="Windows has no setitimer")

GIB = 1 << 30
SIZE = 256 * GIB


def lock(m):
    try:
        m.lock()
    except OSError as error:
        if "RLIMIT_MEMLOCK" not in str(error):
            raise
        pytest.skip(f"this process may not lock so much: {error}")


OPERATIONS = {
    "find": lambda m: m.find(b"needle"),
    "find_one_byte": lambda m: m.find(b"x"),
    "find_many_near_misses": lambda m: m.find(bytes(30) + b"x"),
    "rfind": lambda m: m.rfind(b"needle"),
    "index": lambda m: m.index(b"needle"),
    "count": lambda m: m.count(b"needle"),
    "count_one_byte": lambda m: m.count(b"x"),
    "count_a_match_everywhere": lambda m: m.count(bytes(2)),
    "find_any": lambda m: m.find_any([b"needle", b"thread"]),
    "find_all": lambda m: list(m.find_all(b"needle")),
    "readline": lambda m: m.readline(),
    "lines": lambda m: list(m.lines()),
    "slice": lambda m: m[: 16 * GIB],
    "slice_with_a_step": lambda m: m[::4000],
    "read": lambda m: m.read(16 * GIB),
    "readinto": lambda m: m.readinto(ironmap.mmap(-1, 16 * GIB)),
    "resident": lambda m: m.resident(),
    "resident_pages": lambda m: m.resident(pages=True),
    "populate": lambda m: m.populate(),
    "lock": lock,
}


class Interrupt(Exception):
    pass


@pytest.fixture
def path(tmp_path):
    path = tmp_path / "sparse"
    with path.open("wb") as file:
        file.truncate(SIZE)
    return path


@pytest.fixture
def alarm():
    """Calls a function every twentieth of a second."""
    before = signal.getsignal(signal.SIGALRM)

    def start(function):
        signal.signal(signal.SIGALRM, lambda *_: function())
        signal.setitimer(signal.ITIMER_REAL, 0.05, 0.05)

    yield start
    signal.setitimer(signal.ITIMER_REAL, 0)
    signal.signal(signal.SIGALRM, before)


@pytest.mark.parametrize("name", OPERATIONS)
def test_interrupt_by_third_signal_leaves_map_usable(path, alarm, name):
    calls = 0

    def handle():
        nonlocal calls
        calls += 1
        assert m[5] == 0
        if calls == 3:
            signal.setitimer(signal.ITIMER_REAL, 0)
            raise Interrupt

    with ironmap.open(path, "r+") as m:
        alarm(handle)
        with pytest.raises(Interrupt):
            OPERATIONS[name](m)
        assert m.tell() == 0
        assert m.find(bytes(3)) == 0
        m[:3] = b"abc"
        assert m[:4] == b"abc\0"


@pytest.mark.parametrize("name", OPERATIONS)
def test_interrupt_by_handler_that_closes_raises_value_error(path, alarm, name):
    m = ironmap.open(path, "r+")

    def handle():
        signal.setitimer(signal.ITIMER_REAL, 0)
        m.close()

    alarm(handle)
    with pytest.raises(ValueError, match="mmap closed or invalid"):
        OPERATIONS[name](m)


RESULTS_AFTER_RESIZE = {
    "find": -1,
    "rfind": -1,
    "count": 0,
    "find_any": None,
    "find_all": [],
    "readline": bytes(GIB // 64),
    "slice": bytes(GIB // 64),
    "read": bytes(GIB // 64),
}


@pytest.mark.parametrize("name", RESULTS_AFTER_RESIZE)
def test_interrupt_by_handler_that_shrinks_ends_with_the_map(path, alarm, name):
    def handle():
        signal.setitimer(signal.ITIMER_REAL, 0)
        m.resize(GIB // 64)

    with ironmap.open(path, "r+") as m:
        alarm(handle)
        assert OPERATIONS[name](m) == RESULTS_AFTER_RESIZE[name]


def test_interrupt_by_handler_that_stores_starts_again(path, alarm):
    """The result is of one state of the map: a needle that moves to the front is found."""

    def handle():
        signal.setitimer(signal.ITIMER_REAL, 0)
        m[2 * GIB : 2 * GIB + 6] = bytes(6)
        m[10:16] = b"needle"

    with ironmap.open(path, "r+") as m:
        m[2 * GIB : 2 * GIB + 6] = b"needle"
        alarm(handle)
        assert m.find(b"needle") in (10, 2 * GIB)
        assert m[10:16] == b"needle"
