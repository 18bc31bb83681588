"""Large maps, compared with a bytearray.

The state machine uses a few pages. Operations on more than a MiB run in steps or without
the GIL, on other paths.
"""

import random
import types

import pytest

import ironmap

MIB = 1 << 20
PAGE = ironmap.PAGESIZE
SIZE = 17 * MIB + 123


@pytest.fixture(scope="module")
def content():
    """Bytes without zeros, so that a needle with zeros is only where a test puts it."""
    return random.Random(1).randbytes(SIZE).replace(b"\0", b"\1")


@pytest.fixture
def large(mod: types.ModuleType, content):
    """Maps the content; yields the map and a bytearray of it."""
    with mod.mmap(-1, SIZE) as m:
        m[:] = content
        yield m, bytearray(content)


BOUNDS = [
    (0, SIZE, 1),
    (1, 5 * MIB + 2, 1),
    (PAGE - 1, PAGE - 1 + 4 * MIB, 1),
    (0, SIZE, 3),
    (SIZE - 1, None, -1),
    (SIZE - 5, 7, -2),
]


@pytest.mark.parametrize("bounds", BOUNDS)
def test_getitem_and_setitem_slice_large(large, bounds):
    m, model = large
    part = slice(*bounds)
    assert m[part] == model[part]
    new = bytes(len(model[part]))
    m[part] = new
    model[part] = new
    assert m[:] == model


def test_read_and_write_large(large):
    m, model = large
    m.seek(11)
    assert m.read(6 * MIB) == model[11 : 11 + 6 * MIB]
    assert m.tell() == 11 + 6 * MIB
    m.write(bytes(5 * MIB))
    model[11 + 6 * MIB : 11 + 11 * MIB] = bytes(5 * MIB)
    assert m.tell() == 11 + 11 * MIB
    assert m[:] == model


def test_readline_large_line_is_whole(large):
    m, model = large
    line = b"x" * (6 * MIB) + b"\n"
    m[5 : 5 + len(line)] = line
    m.seek(5)
    assert m.readline() == line
    assert m.tell() == 5 + len(line)


@pytest.mark.parametrize(
    "needle", [b"\0", b"\0\0", b"\0abc", b"\0" * 300, b"\0" + b"z" * (3 * MIB)]
)
@pytest.mark.parametrize("at", [0, PAGE - 1, 64 * 1024 - 1, MIB - 1, MIB, 8 * MIB - 2, "end"])
def test_find_large_map_finds_needle(large, needle, at):
    m, _ = large
    at = SIZE - len(needle) if at == "end" else at
    m[at : at + len(needle)] = needle
    assert m.find(needle, 0) == at
    assert m.rfind(needle, 0) == at
    assert m.find(needle, at + 1) == -1
    assert m.rfind(needle, 0, at + len(needle) - 1) == -1


@pytest.mark.parametrize("to, source", [(0, 1), (1, 0), (5 * MIB, 3), (3, 5 * MIB), (PAGE, 0)])
def test_move_overlapping_large(large, to, source):
    m, model = large
    count = 11 * MIB
    m.move(to, source, count)
    model[to : to + count] = model[source : source + count]
    assert m[:] == model


OVERLAPS = [
    (slice(1, None), slice(None, -1)),
    (slice(None, -1), slice(1, None)),
    (slice(PAGE, None), slice(None, -PAGE)),
    (slice(None, None, 2), slice(None, (SIZE + 1) // 2)),
    (slice(None, None, -1), slice(None)),
]


@pytest.mark.parametrize("to, source", OVERLAPS)
def test_setitem_slice_own_view_large(content, to, source):
    """Only ironmap: the stdlib module scrambles overlapping bytes."""
    with ironmap.mmap(-1, SIZE) as m, memoryview(m) as view, view[source] as part:
        m[:] = content
        m[to] = part
        model = bytearray(content)
        model[to] = content[source]
        assert m[:] == model


def test_write_own_view_large(content):
    """Only ironmap, for the same reason."""
    with ironmap.mmap(-1, SIZE) as m, memoryview(m) as view, view[: 9 * MIB] as part:
        m[:] = content
        m.seek(17)
        m.write(part)
        model = bytearray(content)
        model[17 : 17 + 9 * MIB] = content[: 9 * MIB]
        assert m[:] == model
