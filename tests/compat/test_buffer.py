"""A map as a buffer: memoryviews, and functions that take bytes-like objects."""

import array
import ctypes
import hashlib
import io
import re
import struct
import sys
import zlib

import pytest

from .support import CLOSED, contents, raises

DATA = b"key=value; other=thing\n"


@pytest.fixture
def file(make_file):
    return make_file(DATA)


@pytest.fixture
def m(mod, file):
    return mod.mmap(file.fileno(), 0)


def test_memoryview_attributes_are_of_writable_bytes(m):
    with memoryview(m) as view:
        assert view.obj is m
        assert (view.format, view.itemsize, view.ndim) == ("B", 1, 1)
        assert (view.shape, view.strides, view.suboffsets) == ((len(DATA),), (1,), ())
        assert view.nbytes == len(view) == len(DATA)
        assert view.contiguous and view.c_contiguous
        assert view.readonly is False
        assert view.tobytes() == DATA
        assert view == DATA


def test_memoryview_write_reaches_file(m, file):
    with memoryview(m) as view:
        view[0] = ord("K")
        view[1:3] = b"EY"
        view[-1:] = b"!"
    assert m[:] == contents(file) == b"KEY=value; other=thing!"


def test_memoryview_sees_changes(m, file):
    with memoryview(m) as view:
        m[0] = ord("K")
        file.seek(1)
        file.write(b"EY")
        assert view[:3] == b"KEY"


@pytest.mark.parametrize("access", ["ACCESS_DEFAULT", "ACCESS_WRITE", "ACCESS_COPY"])
def test_memoryview_writable_access_changes_map(mod, make_map, access):
    m = make_map(DATA, access=getattr(mod, access))
    with memoryview(m) as view:
        assert not view.readonly
        view[0] = 1
    assert m[0] == 1


PROTECTIONS = [{"prot": 1}, {"prot": 1, "flags": 2}]


@pytest.mark.parametrize(
    "arguments", [{"access": 1}, *(PROTECTIONS if sys.platform != "win32" else [])]
)
def test_memoryview_read_only(make_map, arguments):
    m = make_map(DATA, **arguments)
    with memoryview(m) as view:
        assert view.readonly
        assert view == DATA
        with raises(TypeError, "cannot modify read-only memory"):
            view[0] = 1
        assert hash(view) == hash(DATA)


def test_writable_buffer_read_only_map_refused(make_map):
    m = make_map(DATA, access=1)
    with raises(TypeError, "underlying buffer is not writable"):
        ctypes.c_char.from_buffer(m)
    with pytest.raises(TypeError):
        io.BytesIO(DATA).readinto(m)
    m.close()


def test_memoryview_keeps_position(m):
    m.seek(4)
    with memoryview(m) as view:
        assert len(view) == len(DATA)
    assert m.tell() == 4


def test_memoryview_cast_to_ints_changes_map(make_map):
    m = make_map(struct.pack("=4I", 1, 2, 3, 4))
    with memoryview(m) as view, view.cast("I") as numbers:
        assert numbers.tolist() == [1, 2, 3, 4]
        numbers[1] = 20
    assert struct.unpack("=4I", m[:]) == (1, 20, 3, 4)


def test_memoryview_keeps_map_alive(mod, file):
    view = memoryview(mod.mmap(file.fileno(), 0))
    assert view.tobytes() == DATA


def test_memoryview_slice_blocks_close(m):
    view = memoryview(m)
    part = view[4:9]
    view.release()
    with raises(BufferError, "cannot close exported pointers exist"):
        m.close()
    assert part == b"value"
    part.release()
    m.close()


def test_memoryview_closed_map(m):
    m.close()
    with raises(ValueError, CLOSED):
        memoryview(m)


def test_bytes_of_map_copies_content(m):
    assert bytes(m) == DATA
    assert bytearray(m) == DATA
    assert array.array("B", m[:]).tobytes() == DATA
    assert b"".join([m, b"-", m]) == DATA + b"-" + DATA
    assert io.BytesIO(m).read() == DATA
    m.close()


def test_eq_bytes_is_false(m):
    assert m != DATA
    assert m[:] == DATA


def test_re_functions_accept_map(m):
    pairs = [match.groups() for match in re.finditer(rb"(\w+)=(\w+)", m)]
    assert pairs == [(b"key", b"value"), (b"other", b"thing")]
    assert re.search(rb"absent", m) is None
    assert re.sub(rb"\w", b"x", m) == b"xxx=xxxxx; xxxxx=xxxxx\n"
    assert re.split(rb"; ", m) == [b"key=value", b"other=thing\n"]


def test_re_match_string_is_map(m):
    match = re.search(rb"value", m)
    assert (match.group(), match.span()) == (b"value", (4, 9))
    assert match.string is m


def test_hashlib_and_zlib(m):
    assert hashlib.sha256(m).digest() == hashlib.sha256(DATA).digest()
    assert zlib.crc32(m) == zlib.crc32(DATA)
    m.close()


def test_struct_functions_accept_map(make_map):
    m = make_map(struct.pack("<HIb", 7, 70000, -3))
    assert struct.unpack_from("<HIb", m) == (7, 70000, -3)
    struct.pack_into("<I", m, 2, 5)
    assert struct.unpack("<HIb", m) == (7, 5, -3)
    with pytest.raises(struct.error):
        struct.unpack_from("<Q", m)
    m.close()


def test_ctypes_from_buffer_blocks_close(m, file):
    class Pair(ctypes.Structure):
        _fields_ = [("a", ctypes.c_ubyte), ("b", ctypes.c_ubyte)]

    pair = Pair.from_buffer(m, 1)
    assert (pair.a, pair.b) == (ord("e"), ord("y"))
    pair.a = ord("E")
    assert contents(file)[:4] == b"kEy="
    with raises(BufferError, "cannot close exported pointers exist"):
        m.close()
    del pair
    m.close()


def test_readinto_map_as_target(m, file):
    assert io.BytesIO(b"KEY").readinto(m) == 3
    assert contents(file)[:5] == b"KEY=v"
    m.close()


def test_file_write_accepts_map(m, make_file):
    target = make_file(b"")
    assert target.write(m) == len(DATA)
    assert contents(target) == DATA
    m.close()


def test_int_and_float_accept_map(make_map):
    assert int(make_map(b"42")) == 42
    assert float(make_map(b"2.5")) == 2.5


def test_str_decodes_map(m):
    assert str(m, "ascii") == DATA.decode()
    m.close()


@pytest.mark.skipif(sys.version_info < (3, 12), reason="__buffer__ came with Python 3.12")
def test_dunder_buffer_called_returns_view(m):
    view = m.__buffer__(0)
    assert view.tobytes() == DATA
    m.__release_buffer__(view)
    m.close()
