"""The file methods, compared with those of ``io.BytesIO``."""

import array
import io
import os
import random
import sys

import pytest

import ironmap
from compat.support import CLOSED, READONLY, Closing, raises, unix_only

TEXT = b"one\n\ntwo and a half\r\nthree" + b"x" * 200 + b"\n\n\nlast"


def test_readable_and_writable(make_map):
    m = make_map(TEXT)
    assert (m.readable(), m.writable(), m.isatty()) == (True, True, False)
    m = make_map(TEXT, access=ironmap.ACCESS_READ)
    assert (m.readable(), m.writable()) == (True, False)
    m = make_map(TEXT, access=ironmap.ACCESS_COPY)
    assert (m.readable(), m.writable()) == (True, True)


@unix_only("Windows has no prot")
def test_readable_without_prot_read(make_map):
    m = make_map(TEXT, prot=0)
    assert (m.readable(), m.writable()) == (False, False)


@pytest.mark.parametrize(
    "call",
    [
        lambda m: m.readable(),
        lambda m: m.writable(),
        lambda m: m.isatty(),
        lambda m: m.fileno(),
        lambda m: m.readinto(bytearray(3)),
        lambda m: m.readlines(),
        lambda m: m.writelines([b"x"]),
        lambda m: m.truncate(),
        lambda m: m.count(b"x"),
        lambda m: m.index(b"x"),
        lambda m: m.rindex(b"x"),
        lambda m: m.startswith(b"x"),
        lambda m: m.endswith(()),
        lambda m: m.find_all(b"x"),
        lambda m: m.find_any([b"x"]),
        lambda m: m.lines(),
    ],
)
def test_file_methods_closed_map(make_map, call):
    m = make_map(TEXT)
    m.close()
    with raises(ValueError, CLOSED):
        call(m)


@pytest.mark.parametrize("position", [0, 3, len(TEXT) - 5, len(TEXT)])
@pytest.mark.parametrize("size", [0, 1, 7, 100, len(TEXT), 1000])
def test_readinto_matches_bytesio(make_map, position, size):
    m, oracle = make_map(TEXT), io.BytesIO(TEXT)
    targets = []
    for file in (m, oracle):
        file.seek(position)
        target = bytearray(b"?" * size)
        targets.append((file.readinto(target), target, file.tell()))
    assert targets[0] == targets[1]


@pytest.mark.parametrize("size", [(1 << 20) - 1, 1 << 20, (5 << 20) + 3])
def test_readinto_large_target_gets_rest(make_map, size):
    content = random.Random(size).randbytes(size)
    m = make_map(content)
    m.seek(5)
    target = array.array("Q", bytes(size // 8 * 8 + 8))
    assert m.readinto(target) == size - 5
    assert target.tobytes()[: size - 5] == content[5:]
    assert target.tobytes()[size - 5 :] == bytes(len(target) * 8 - size + 5)
    assert m.tell() == size


@pytest.mark.parametrize("size", [10, 3 << 20])
def test_readinto_own_view(make_map, size):
    content = random.Random(size).randbytes(size)
    m = make_map(content)
    with memoryview(m) as view:
        m.seek(0)
        assert m.readinto(view[3:]) == size - 3
        assert m[:] == content[:3] + content[: size - 3]
        m.seek(6)
        assert m.readinto(view[: size - 8]) == size - 8
    m.seek(0)
    assert m.readinto(m) == size


def test_readinto_past_end(make_map):
    m = make_map(TEXT)
    m.seek(100)
    m.resize(50)
    assert m.readinto(bytearray(10)) == 0
    assert m.tell() == 100


@pytest.mark.parametrize("wrong", [b"bytes", "text", 7, None, memoryview(bytearray(9))[::2]])
def test_readinto_wrong_target(make_map, wrong):
    m = make_map(TEXT)
    with pytest.raises((TypeError, BufferError)) as expected:
        io.BytesIO(TEXT).readinto(wrong)
    with raises(TypeError, str(expected.value).replace("BytesIO.", "")):
        m.readinto(wrong)
    assert m.tell() == 0


def test_readinto_read_only_map(make_map):
    with pytest.raises(TypeError, match="read-write bytes-like object, not mmap.mmap"):
        make_map(TEXT).readinto(make_map(TEXT, access=ironmap.ACCESS_READ))


@pytest.mark.parametrize("hint", [None, -1, 0, 1, 3, 4, 5, 6, 30, 1000, sys.maxsize])
@pytest.mark.parametrize("position", [0, 2, 4, len(TEXT)])
def test_readlines_matches_bytesio(make_map, hint, position):
    m, oracle = make_map(TEXT), io.BytesIO(TEXT)
    m.seek(position)
    oracle.seek(position)
    assert m.readlines(hint) == oracle.readlines(hint)
    assert m.tell() == oracle.tell()


def test_readlines_large_map_matches_bytesio(make_map):
    content = b"".join(b"%d\n" % i for i in range(200_000)) + b"x" * 100_000
    m = make_map(content)
    assert m.readlines() == io.BytesIO(content).readlines()
    assert (m.readlines(), m.readlines(-1)) == ([], [])


def test_readlines_wrong_arguments_refused(make_map):
    m = make_map(TEXT)
    with pytest.raises(TypeError):
        m.readlines("3")
    with pytest.raises(TypeError):
        m.readlines(1, 2)
    with raises(ValueError, CLOSED):
        m.readlines(Closing(3, m))


def test_writelines_bytes_like_moves_position(make_map):
    m = make_map(b"." * 20)
    m.seek(2)
    assert (
        m.writelines(piece for piece in [b"one", bytearray(b"two"), memoryview(b"\n"), b""]) is None
    )
    assert (m[:], m.tell()) == (b"..onetwo\n" + b"." * 11, 9)


def test_writelines_past_end(make_map):
    m = make_map(b"." * 10)
    with raises(ValueError, "data out of range"):
        m.writelines([b"12345", b"678", b"9abc", b"d"])
    assert (m[:], m.tell()) == (b"12345678..", 8)


def test_writelines_wrong_arguments(make_map):
    m = make_map(b"." * 10)
    for wrong in (["text"], b"bytes", 7, None):
        with pytest.raises(TypeError):
            m.writelines(wrong)
    with raises(TypeError, READONLY):
        make_map(b"." * 10, access=ironmap.ACCESS_READ).writelines([b"x"])
    assert (m[:], m.tell()) == (b"." * 10, 0)


def test_writelines_iterable_uses_map(make_map):
    m = make_map(b"." * 10)

    def pieces():
        yield b"ab"
        m.seek(5)
        yield b"cd"
        m.resize(20)
        yield b"e" * 12
        m.close()
        yield b"f"

    with raises(ValueError, CLOSED):
        m.writelines(pieces())


def test_truncate_size_or_position_resizes_file(make_map, tmp_path):
    m = make_map(TEXT)
    (path,) = tmp_path.iterdir()
    assert m.truncate(100) == 100
    assert (len(m), m.size(), m.tell()) == (100, 100, 0)
    m.seek(30)
    assert m.truncate() == 30
    assert (len(m), os.stat(path).st_size, m.tell()) == (30, 30, 30)
    assert m.truncate(None) == 30
    assert m.truncate(40) == 40
    assert m[:] == TEXT[:30] + bytes(10)


def test_truncate_errors_as_resize(make_map):
    m = make_map(TEXT)
    for size in (0, -1):
        with raises(ValueError, "new size out of range"):
            m.truncate(size)
    with raises(ValueError, "new size out of range"):
        m.truncate()
    with memoryview(m), pytest.raises(BufferError):
        m.truncate(3)
    with pytest.raises(TypeError):
        m.truncate("3")
    with pytest.raises(TypeError):
        make_map(TEXT, access=ironmap.ACCESS_READ).truncate(3)
    assert m[:] == TEXT


@unix_only("a map keeps a handle on Windows")
def test_fileno_reads_file(make_map):
    m = make_map(TEXT)
    assert os.pread(m.fileno(), 1000, 0) == TEXT
    assert m.fileno() == m.fileno()
    m = make_map(TEXT, access=ironmap.ACCESS_READ)
    assert os.pread(m.fileno(), 1000, 0) == TEXT


def assert_no_fileno(m):
    with pytest.raises(io.UnsupportedOperation, match="^fileno: the map "):
        m.fileno()


@unix_only("a map keeps a handle on Windows")
def test_fileno_map_differs_from_file(make_map, tmp_path):
    assert_no_fileno(ironmap.mmap(-1, 100))
    assert_no_fileno(make_map(TEXT, trackfd=False))
    assert_no_fileno(make_map(TEXT, access=ironmap.ACCESS_COPY))
    assert_no_fileno(make_map(TEXT, flags=ironmap.MAP_PRIVATE))
    page = ironmap.PAGESIZE
    assert_no_fileno(make_map(bytes(2 * page), offset=page))
    with open(tmp_path / "file", "w+b") as file:
        file.write(TEXT)
        file.flush()
        m = ironmap.mmap(file.fileno(), 10)
        assert_no_fileno(m)
        m = ironmap.mmap(file.fileno(), 0)
        assert m.fileno() > 2
        file.write(b"more")
        file.flush()
        assert_no_fileno(m)


@unix_only("a map keeps a handle on Windows")
def test_fileno_descriptor_closed_by_others(make_map):
    m = make_map(TEXT)
    os.close(m.fileno())
    with pytest.raises(OSError) as caught:
        m.fileno()
    assert not isinstance(caught.value, io.UnsupportedOperation)


@pytest.mark.skipif(sys.platform != "win32", reason="other systems have descriptors")
def test_fileno_unsupported_on_windows(make_map):
    assert_no_fileno(make_map(TEXT))


def test_map_is_not_iobase(make_map):
    m = make_map(TEXT)
    assert not isinstance(m, io.IOBase)
    assert next(iter(m)) == b"o"
    assert [*m][:3] == [b"o", b"n", b"e"]
