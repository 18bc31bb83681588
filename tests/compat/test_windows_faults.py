"""Lost pages on Windows raise an OSError, and the process survives."""

import ctypes
import os
import sys

import pytest

from .support import is_ironmap

pytestmark = pytest.mark.skipif(sys.platform != "win32", reason="only Windows has such exceptions")

NOACCESS = 998
PAGE_NOACCESS, PAGE_READWRITE = 1, 4
SIZE = 8 * 4096
HOLE = 3 * 4096
CONTENT = (b"." * 99 + b"\n") * 400


@pytest.fixture(autouse=True)
def survives(mod):
    if not is_ironmap(mod) and sys.version_info < (3, 13):
        pytest.skip("this stdlib module ends the process")


@pytest.fixture
def holed(make_map):
    """Maps eight pages of a file, of which the fourth and the fifth are lost."""
    made = make_map(CONTENT[:SIZE])
    protect(made, PAGE_NOACCESS)
    yield made
    protect(made, PAGE_READWRITE)
    assert made[:] == CONTENT[:SIZE]


def protect(made, protection):
    start = ctypes.addressof(ctypes.c_char.from_buffer(made))
    old = ctypes.c_ulong()
    place = ctypes.c_void_p(start + HOLE)
    done = ctypes.windll.kernel32.VirtualProtect(
        place, ctypes.c_size_t(2 * 4096), protection, ctypes.byref(old)
    )
    assert done, ctypes.WinError()


OPERATIONS = {
    "m[i]": lambda m: m[HOLE],
    "m[i] = v": lambda m: m.__setitem__(HOLE, 1),
    "m[:]": lambda m: m[:],
    "m[a:b]": lambda m: m[HOLE - 1 : HOLE + 1],
    "m[a:b:2]": lambda m: m[HOLE : HOLE + 10 : 2],
    "m[::-1]": lambda m: m[::-1],
    "m[a:b] = v": lambda m: m.__setitem__(slice(HOLE, HOLE + 4), b"ABCD"),
    "m[a:b:2] = v": lambda m: m.__setitem__(slice(HOLE, HOLE + 8, 2), b"ABCD"),
    "find": lambda m: m.find(b"not there"),
    "rfind": lambda m: m.rfind(b"not there"),
    "find a byte": lambda m: m.find(b"#"),
    "rfind a byte": lambda m: m.rfind(b"#"),
    "find what is lost": lambda m: m.find(memoryview(m)[HOLE : HOLE + 10]),
    "rfind what is lost": lambda m: m.rfind(memoryview(m)[HOLE + 4096 : HOLE + 5000]),
    "find itself": lambda m: m.find(m),
    "move from": lambda m: m.move(0, HOLE, 4096),
    "move to": lambda m: m.move(HOLE, 0, 4096),
    "read": lambda m: m.read(),
    "read(n)": lambda m: at(m, HOLE).read(4),
    "read_byte": lambda m: at(m, HOLE).read_byte(),
    "readline": lambda m: at(m, HOLE).readline(),
    "write": lambda m: at(m, HOLE).write(b"ABCD"),
    "write_byte": lambda m: at(m, HOLE).write_byte(1),
}


def at(m, position):
    m.seek(position)
    return m


@pytest.mark.parametrize("name", OPERATIONS)
def test_lost_page_raises_oserror(mod, holed, name):
    with pytest.raises(OSError) as caught:
        OPERATIONS[name](holed)
    error, expected = caught.value, OSError(0, "", None, NOACCESS)
    assert (error.winerror, error.errno) == (NOACCESS, expected.errno)
    assert error.strerror == ctypes.FormatError(NOACCESS).rstrip(". \r\n")
    if is_ironmap(mod):
        assert type(error) is mod.FaultError
        # The first page that the operation met.
        assert error.offset == (HOLE + 4096 if name.startswith("rfind") else HOLE)
        assert error.file_size is None
        assert holed.faults > 0


def test_lost_page_neighbours_readable(holed):
    end = HOLE + 2 * 4096
    assert holed[:HOLE] == CONTENT[:HOLE]
    assert holed[end:] == CONTENT[end:SIZE]
    assert holed.find(b"\n") == 99
    assert holed.rfind(b"\n") == CONTENT.rfind(b"\n", 0, SIZE)
    assert holed.readline() == CONTENT[:100]


def test_lost_page_keeps_position(mod, holed):
    if not is_ironmap(mod):
        pytest.skip("the stdlib module documents no position then")
    for name in ("read(n)", "read_byte", "readline", "write", "write_byte"):
        with pytest.raises(OSError):
            OPERATIONS[name](holed)
        assert holed.tell() == HOLE, name
    holed.seek(0)
    with pytest.raises(OSError):
        holed.write(b"#" * SIZE)
    assert holed.tell() == 0
    assert holed[:HOLE] == CONTENT[:HOLE], "a write that fails has written nothing"


def test_find_truncated_file(mod, tmp_path):
    """Only the system below Wine can truncate a mapped file."""
    if not os.path.exists(r"Z:\usr\bin\truncate"):
        pytest.skip("Windows refuses to truncate a mapped file")
    path = tmp_path / "file"
    path.write_bytes(CONTENT[:SIZE])
    wine = ctypes.CDLL("kernel32").wine_get_unix_file_name
    wine.restype = ctypes.c_char_p
    unix = wine(ctypes.c_wchar_p(str(path))).decode()
    with open(path, "r+b") as file, mod.mmap(file.fileno(), 0) as made:
        os.system(f"start /unix /usr/bin/truncate --size=4096 {unix}")
        while os.stat(path).st_size > 4096:
            pass
        assert made[:4096] == CONTENT[:4096]
        for _ in range(2):
            with pytest.raises(OSError) as caught:
                made.find(b"not there")
            assert caught.value.winerror == NOACCESS
