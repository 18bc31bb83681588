"""Offsets as arrays: ``find_all(…, out=…)`` and ``line_offsets``."""

import os
import random
import sys
from array import array

import pytest

import ironmap
from compat.support import CLOSED, Closing, raises

TEXT = b"one two\ntwo\n\none"


def starts_of_lines(data, start=0, end=None):
    starts, at = [], start
    for line in data[start:end].splitlines(keepends=True):
        starts.append(at)
        at += len(line)
    return starts


@pytest.mark.parametrize("overlapping", [False, True])
@pytest.mark.parametrize("needle", [b"o", b"two", b"", b"absent", ord("n")])
def test_find_all_out_has_the_offsets(make_map, needle, overlapping):
    m = make_map(TEXT)
    expected = [*m.find_all(needle, overlapping=overlapping)]
    out = array("Q", [7] * 40)
    assert m.find_all(needle, out=out, overlapping=overlapping) == len(expected)
    assert [*out] == expected + [7] * (40 - len(expected))
    assert m.find_all(needle, 3, 12, out=out) == len([*m.find_all(needle, 3, 12)])
    assert m.tell() == 0


@pytest.mark.parametrize(
    "data", [b"", b"\n", b"a", b"a\n", b"a\nb", b"\n\n", TEXT, TEXT + b"\n", b"\n" + TEXT]
)
def test_line_offsets_are_starts_of_lines(make_map, data):
    if not data:
        m = ironmap.mmap(-1, 1)
        assert m.line_offsets(1) == array("Q")
        return
    m = make_map(data)
    for start in range(len(data) + 1):
        for end in range(len(data) + 1):
            expected = starts_of_lines(data, start, end)
            assert m.line_offsets(start, end) == array("Q", expected)
            out = array("Q", bytes(8 * len(expected)))
            assert m.line_offsets(start, end, out=out) == len(expected)
            assert [*out] == expected
    assert m.line_offsets() == m.line_offsets(end=None, out=None)
    assert m.tell() == 0


def test_line_offsets_random_large_map():
    random.seed(4)
    m = ironmap.mmap(-1, 40 << 20)
    m[:] = b"x" * len(m)
    places = sorted(random.sample(range(len(m)), 10_000))
    for place in places:
        m[place : place + 1] = b"\n"
    shown = []
    offsets = m.line_offsets(progress=lambda *of: shown.append(of))
    assert [*offsets] == [0, *(place + 1 for place in places if place + 1 < len(m))]
    assert shown[-1][0] == shown[-1][1]
    out = array("Q", bytes(8 * len(places)))
    assert m.find_all(b"\n", out=out) == len(places)
    assert [*out] == places


@pytest.mark.parametrize("room", [0, 1, 2])
def test_offsets_too_many_for_out(make_map, room):
    m = make_map(TEXT)
    out = array("Q", bytes(8 * room))
    text = f"out has room for {room} offsets, and there are more: "
    with raises(ValueError, text + "count() tells how many"):
        m.find_all(b"o", out=out)
    with raises(ValueError, text + "at most count(b'\\n') + 1"):
        m.line_offsets(out=out)
    assert len(out) == room


def test_line_offsets_newlines_stored_meanwhile():
    class Growing(ironmap.mmap):
        def count(self, *args):
            counted = ironmap.mmap.count(self, *args)
            self[:] = b"\n" * len(self)
            return counted

    m = Growing(-1, 100)
    assert [*m.line_offsets()] == [*range(100)]


WRONG = [
    (array("q", [0] * 9), "array.array"),
    (array("I", [0] * 9), "array.array"),
    (array("d", [0] * 9), "array.array"),
    (bytearray(80), "bytearray"),
    (bytes(80), "bytes"),
    (memoryview(bytes(80)).cast("Q"), "memoryview"),
    (memoryview(array("Q", [0] * 9))[::2], "memoryview"),
    ([0] * 9, "list"),
    (True, "bool"),
]


@pytest.mark.parametrize(("out", "kind"), WRONG)
def test_offsets_out_of_another_type(make_map, out, kind):
    m = make_map(TEXT)
    text = f"out must be a writable buffer of uint64, such as array.*, not {kind}$"
    for use in (lambda: m.find_all(b"o", out=out), lambda: m.line_offsets(out=out)):
        with pytest.raises(TypeError, match=text):
            use()


def test_offsets_out_of_each_right_type(make_map):
    m = make_map(TEXT)
    unaligned = memoryview(bytearray(81))[1:].cast("Q")
    square = memoryview(bytearray(80)).cast("Q", (2, 5))
    for out in (unaligned, square, memoryview(array("Q", [0] * 9))[2:]):
        assert m.find_all(b"o", out=out) == 4
        assert [*out.cast("B").cast("Q")][:4] == [0, 6, 10, 13]


def test_offsets_wrong_arguments(make_map):
    m = make_map(TEXT)
    with raises(TypeError, "overlapping= and out= are for one needle, not for Needles"):
        m.find_all(ironmap.Needles([b"a"]), out=array("Q"))
    with raises(TypeError, "line_offsets() takes at most 2 positional arguments (3 given)"):
        m.line_offsets(1, 2, 3)
    with raises(ValueError, CLOSED):
        m.line_offsets(Closing(0, m))
    for use in (lambda: m.line_offsets(out=array("Q")), lambda: m.find_all(b"", out=array("Q"))):
        with raises(ValueError, CLOSED):
            use()


@pytest.mark.skipif(sys.platform == "win32", reason="Windows cuts no file that is mapped")
def test_offsets_of_damaged_map(tmp_path):
    page = ironmap.PAGESIZE
    (tmp_path / "data").write_bytes(b"\n" * (4 * page))
    with ironmap.open(tmp_path / "data") as m:
        os.truncate(tmp_path / "data", page)
        with pytest.raises(ironmap.FaultError) as raised:
            m.line_offsets()
        assert raised.value.offset == page
        assert [*m.line_offsets(end=page)] == [*range(page)]


def test_offsets_out_in_the_map_itself():
    """The searched bytes change meanwhile, and nothing worse happens."""
    m = ironmap.mmap(-1, 1 << 16)
    with memoryview(m) as view, view.cast("Q") as out:
        assert m.find_all(b"\0", 0, 100, out=out) == 100
        assert out[99] == 99


def test_line_offsets_error_of_progress_is_raised(make_map):
    errors = [RuntimeError("the second"), ValueError("the first")]

    def progress(done, total):
        raise errors.pop()

    with raises(ValueError, "the first"):
        make_map(TEXT).line_offsets(progress=progress)
