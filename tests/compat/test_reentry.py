"""Arguments that close or shrink the map while they are converted."""

import sys

import pytest

from .support import CLINIC, CLOSED, Closing, Shrinking, contents, has, needs, raises


@pytest.fixture(autouse=True)
def looks_again(mod):
    """Skips older stdlib modules, which use the closed map: SIGSEGV."""
    needs(mod, 3, 11, 4)


DATA = bytes(range(1, 9))

# Each call gets the map and an object that is converted to 1 and closes the map.
CLOSING_CALLS = {
    "m[x]": lambda m, x: m[x],
    "m[x:]": lambda m, x: m[x:],
    "m[:x]": lambda m, x: m[:x],
    "m[::x]": lambda m, x: m[::x],
    "m[x] = 1": lambda m, x: m.__setitem__(x, 1),
    "m[1] = x": lambda m, x: m.__setitem__(1, x),
    "m[x:] = data": lambda m, x: m.__setitem__(slice(x, None), DATA[1:]),
    "m[:x] = data": lambda m, x: m.__setitem__(slice(None, x), DATA[:1]),
    "m[::x] = data": lambda m, x: m.__setitem__(slice(None, None, x), DATA),
    "find(data, x)": lambda m, x: m.find(b"\x03", x),
    "find(data, 0, x)": lambda m, x: m.find(b"\x03", 0, x),
    "rfind(data, x)": lambda m, x: m.rfind(b"\x03", x),
    "rfind(data, 0, x)": lambda m, x: m.rfind(b"\x03", 0, x),
    "read(x)": lambda m, x: m.read(x),
    "write_byte(x)": lambda m, x: m.write_byte(x),
    "move(x, 0, 0)": lambda m, x: m.move(x, 0, 0),
    "move(0, x, 0)": lambda m, x: m.move(0, x, 0),
    "move(0, 0, x)": lambda m, x: m.move(0, 0, x),
}

if sys.platform != "win32":
    CLOSING_CALLS |= {
        "madvise(x)": lambda m, x: m.madvise(x),
        "madvise(0, x)": lambda m, x: m.madvise(0, x),
        "madvise(0, 0, x)": lambda m, x: m.madvise(0, 0, x),
    }

# Before the conversion to Argument Clinic, the stdlib module checks the map only before
# it converts these arguments, and then uses the closed map.
CLOSING_CALLS_OF_LATER = {
    "seek(x)": lambda m, x: m.seek(x),
    "seek(0, x)": lambda m, x: m.seek(0, x),
    "flush(0, x)": lambda m, x: m.flush(0, x),
    "flush(x, 0)": lambda m, x: m.flush(x, 0),
    "resize(x)": lambda m, x: m.resize(x),
}


@pytest.mark.parametrize("access", ["ACCESS_WRITE", "ACCESS_COPY"])
@pytest.mark.parametrize("call", CLOSING_CALLS)
def test_argument_closes_map(mod, make_map, access, call):
    m = make_map(DATA, access=getattr(mod, access))
    with raises(ValueError, CLOSED):
        CLOSING_CALLS[call](m, Closing(1, m))
    assert m.closed


@pytest.mark.parametrize("call", CLOSING_CALLS_OF_LATER)
def test_argument_closes_map_newer_checks(mod, make_file, call):
    if not has(mod, *((3, 15) if call == "flush(0, x)" else CLINIC)):
        pytest.skip("this version uses the closed map: no error, EFAULT or ENOMEM")
    file = make_file(DATA)
    m = mod.mmap(file.fileno(), 0)
    with raises(ValueError, CLOSED):
        CLOSING_CALLS_OF_LATER[call](m, Closing(1, m))
    assert contents(file) == DATA


def test_setitem_value_closes_map(mod, make_map):
    m = make_map(DATA)
    with raises(ValueError, CLOSED):
        m[0] = Closing(5, m)
    m = make_map(DATA)
    with raises(ValueError, "mmap item value must be in range(0, 256)"):
        m[0] = Closing(500, m)


@pytest.mark.parametrize(
    ("call", "outcome"),
    [
        (lambda m, x: m[x], IndexError),
        (lambda m, x: m[x:], b""),
        (lambda m, x: m[:x], DATA[:3]),
        (lambda m, x: m[x::-1], DATA[2::-1]),
        (lambda m, x: m.__setitem__(x, 1), IndexError),
        (lambda m, x: m.__setitem__(slice(None, x), DATA[:6]), IndexError),
        (lambda m, x: m.__setitem__(slice(None, x), b"abc"), None),
        (lambda m, x: m.find(b"\x02", 0, x), 1),
        (lambda m, x: m.find(b"\x05", 0, x), -1),
        (lambda m, x: m.rfind(b"\x02", 0, x), 1),
        (lambda m, x: m.find(b"\x02", x), -1),
        (lambda m, x: m.read(x), DATA[:3]),
        (lambda m, x: m.move(x, 0, 1), ValueError),
        (lambda m, x: m.move(0, x, 1), ValueError),
        (lambda m, x: m.move(0, 0, x), ValueError),
        (lambda m, x: m.flush(0, x), ValueError),
        (lambda m, x: m.seek(x), ValueError),
    ],
)
def test_argument_shrinks_map(make_map, call, outcome):
    """The argument, 6, shrinks the map from 8 bytes to 3."""
    m = make_map(DATA)
    argument = Shrinking(6, m, 3)
    if isinstance(outcome, type):
        with pytest.raises(outcome):
            call(m, argument)
    else:
        assert call(m, argument) == outcome


def test_read_argument_shrinks_before_position(make_map):
    m = make_map(DATA)
    m.seek(6)
    assert m.read(Shrinking(2, m, 3)) == b""
    assert m.tell() == 6
    with raises(ValueError, "write byte out of range"):
        m.write_byte(Shrinking(1, m, 2))


def test_resize_argument_resizes(mod, make_file):
    file = make_file(DATA)
    m = mod.mmap(file.fileno(), 0)
    m.resize(Shrinking(6, m, 3))
    assert m[:] == contents(file) == DATA[:3] + bytes(3)


class Buffer:
    """An object with a buffer; it calls `first` when the buffer is requested."""

    def __init__(self, data, first):
        self.data = data
        self.first = first

    def __buffer__(self, flags):
        self.first()
        return memoryview(self.data)


needs_buffer = pytest.mark.skipif(
    sys.version_info < (3, 12), reason="classes have buffers from Python 3.12 on"
)


@needs_buffer
@pytest.mark.parametrize(
    "call",
    [
        lambda m, b: m.find(b),
        lambda m, b: m.rfind(b),
        lambda m, b: m.write(b),
        lambda m, b: m.__setitem__(slice(0, 2), b),
        lambda m, b: m.__setitem__(slice(0, 4, 2), b),
    ],
)
def test_buffer_closes_map(make_map, call):
    m = make_map(DATA)
    with raises(ValueError, CLOSED):
        call(m, Buffer(b"\x03\x04", m.close))


@needs_buffer
def test_buffer_shrinks_map(mod, make_file):
    file = make_file(DATA)
    m = mod.mmap(file.fileno(), 0)
    buffer = Buffer(b"\x04\x05", lambda: m.resize(3))
    assert m.find(buffer) == m.rfind(buffer) == -1
    m.seek(2)
    with raises(ValueError, "data out of range"):
        m.write(buffer)
    assert m.tell() == 2
    assert contents(file) == DATA[:3]


@needs_buffer
def test_buffer_of_argument_raises_same_error(make_map):
    def fail():
        raise KeyError("no buffer")

    m = make_map(DATA)
    for call in (m.find, m.rfind, m.write, lambda b: m.__setitem__(slice(0, 2), b)):
        with raises(KeyError, "'no buffer'"):
            call(Buffer(b"\x03\x04", fail))
    m.close()


@needs_buffer
def test_write_buffer_moves_position(make_map):
    m = make_map(DATA)
    assert m.write(Buffer(b"ab", lambda: m.seek(4))) == 2
    assert m.tell() == 6
    assert m[:] == DATA[:4] + b"ab" + DATA[6:]
