"""``FileMap.array`` and ``check``, with numpy; offsets in arrays of numpy."""

import os

import pytest

import ironmap

numpy = pytest.importorskip("numpy", reason="numpy is not installed: make interop")


@pytest.fixture
def path(tmp_path):
    path = tmp_path / "data"
    numpy.arange(1000, dtype="<u8").tofile(path)
    return path


def test_array_shows_the_map(path):
    with ironmap.open(path, "r+") as m:
        whole = m.array("<u8")
        assert (whole.shape, whole.dtype, whole[999]) == ((1000,), numpy.dtype("<u8"), 999)
        part = m.array(numpy.uint16, (2, 3), 8)
        assert part.tolist() == [[1, 0, 0], [0, 2, 0]]
        unaligned = m.array("<u4", 5, offset=1)
        assert unaligned[1] == int.from_bytes(m[5:9], "little")
        whole[7] = 70
        assert m[56] == 70
        del whole, part, unaligned


@pytest.mark.parametrize(("mode", "writes"), [("r", False), ("r+", True), ("c", True)])
def test_array_can_be_written_to_as_the_map(path, mode, writes):
    with ironmap.open(path, mode) as m:
        array = m.array("u1")
        assert array.flags.writeable == writes
        del array


def test_array_keeps_memory_after_release(path):
    m = ironmap.open(path)
    array = m.array("<u8")
    with pytest.raises(BufferError, match="an array or another buffer"):
        m.close()
    m.release()
    assert (m.closed, int(array.sum())) == (True, 999 * 500)


def test_array_of_nothing(path, tmp_path):
    (tmp_path / "empty").touch()
    with ironmap.open(path) as m, ironmap.open(tmp_path / "empty") as empty:
        assert m.array("u1", 0).shape == (0,)
        assert m.array("u1", (3, 0), len(m)).shape == (3, 0)
        assert m.array("u1", offset=len(m)).shape == (0,)
        assert m.array("<u8", ()).shape == ()
        assert empty.array("f8").shape == (0,)


def test_array_takes_shape_as_list_as_json_has_it(path):
    with ironmap.open(path) as m:
        assert m.array("<u8", [10, 100]).shape == (10, 100)
        assert m.array("<u8", []).shape == ()
        with pytest.raises(TypeError, match="'str' object cannot be interpreted as an integer"):
            m.array("<u8", "12")


@pytest.mark.parametrize(
    ("arguments", "text"),
    [
        (("<u8", 1001), r"\(1001,\) of uint64 at offset 0 does not fit: the map has 8000 bytes"),
        (("<u8", 1000, 8), "does not fit: the map has 8000 bytes, 7992 from there on"),
        (("<u8", None, 3), r"7997 bytes are not whole items .* give a shape, such as \(999,\)"),
        (("<u8", (2, -1)), "must be 0 or more"),
        (("<u8", 1, 8001), "at offset 8001 is outside of 8000 bytes"),
        (("<u8", 1, -1), "at offset -1 is outside"),
        (("V0",), "is outside of 8000 bytes"),
        (("O",), "OBJECT"),
    ],
)
def test_array_does_not_fit(path, arguments, text):
    with ironmap.open(path) as m, pytest.raises(ValueError, match=text):
        m.array(*arguments)


def test_check_tells_of_damage(path):
    with ironmap.open(path) as m:
        array = m.array("<u8")
        assert array.sum() == 999 * 500
        m.check()
        os.truncate(path, 0)
        assert array[0] == 0
        with pytest.raises(ironmap.FaultError):
            m.check()
        m.check()
        del array


def test_offsets_in_arrays_of_numpy(tmp_path):
    path = tmp_path / "lines"
    path.write_bytes(b"a\nbb\n\nc")
    with ironmap.open(path) as m:
        out = numpy.zeros(4, numpy.uint64)
        assert m.line_offsets(out=out) == 4
        assert out.tolist() == [0, 2, 5, 6]
        for wrong in ("i8", "f8", ">u8", "u4"):
            with pytest.raises(TypeError, match=r"writable buffer of uint64.*not numpy\.ndarray"):
                m.line_offsets(out=numpy.zeros(4, wrong))
        with pytest.raises(TypeError, match="writable buffer of uint64"):
            m.line_offsets(out=numpy.zeros((4, 2), numpy.uint64)[:, 0])
