"""Which pages of a file are in memory, as ``python -m ironmap pages`` finds out."""

import itertools
import json
import os
import sys
import time
import tracemalloc

import pytest

import ironmap as mmap
from extensions.test_pages_command import PAGE, resident, run
from ironmap import _cached, _cachestat, _pages

pytestmark = pytest.mark.skipif(sys.platform == "win32", reason="Windows has no such command")


def ranges_of(pages):
    ranges, at = [], 0
    for there, run_of_pages in itertools.groupby(pages):
        end = at + len(list(run_of_pages))
        if there:
            ranges.append((at, end))
        at = end
    return ranges


@pytest.mark.parametrize("longest", [1, 3, 1000])
@pytest.mark.parametrize("pages", [b"\1", b"\1\0", b"\0\1\1\0\1", bytes([1, 0] * 30), b"\0\1" * 9])
def test_pages_columns_are_means_of_pages(pages, longest):
    size = len(pages) * PAGE
    for width in (1, 2, 7, 20, 1000):
        cached = _cached.Columns("x", size, width)
        for first, end in ranges_of(pages):
            for start in range(first, end, longest):
                cached.add(start, min(start + longest, end))
        columns = list(cached.parts())
        assert len(columns) == width
        assert any(columns) == any(pages)
        assert all(column == 1 for column in columns) == all(pages)
        bounds = [cached.pages_of(column) for column in range(width)]
        assert columns == [sum(pages[a:b]) / (b - a) for a, b in bounds]
        assert {page for a, b in bounds for page in range(a, b)} == set(range(len(pages)))


@pytest.mark.parametrize("longest", [1, 2, 3, 1000])
def test_pages_ranges_that_touch_are_one(longest):
    cached = _cached.Ranges("x", 11 * PAGE - 7)
    ends = [(0, 3), (5, 6), (7, 11)]
    for first, end in ends:
        for start in range(first, end, longest):
            cached.add(start, min(start + longest, end))
    expected = [(a * PAGE, min(b * PAGE, cached.size)) for a, b in ends]
    assert list(cached.ranges()) == expected
    assert cached.resident == sum(b - a for a, b in expected)
    assert (cached.pages, cached.resident_pages) == (11, 8)


COUNTS = [
    pytest.param(_cachestat.count_in_memory, id="counted"),
    pytest.param(lambda *_: None, id="uncounted"),
]


@pytest.mark.parametrize("count", COUNTS)
def test_pages_ranges_are_those_of_resident(tmp_path, monkeypatch, count):
    """Parts of parts: in memory, not in memory, and some of both."""
    if not hasattr(mmap.mmap, "drop"):
        pytest.skip("this system does not drop pages")
    monkeypatch.setattr(_cached, "count_in_memory", count)
    monkeypatch.setattr(_cached, "LEAF", 2)
    monkeypatch.setattr(_cached, "PARTS", 3)
    path = tmp_path / "data"
    path.write_bytes(b"x" * (100 * PAGE - 5))
    with path.open("r+b") as file, mmap.mmap(file.fileno(), 0) as m:
        m.flush()
        m.madvise(mmap.MADV_RANDOM)
        for first, pages in ((1, 1), (10, 13), (30, 30), (63, 2), (80, 19)):
            m.drop(first * PAGE, pages * PAGE)
        there = m.resident(pages=True)
        done = []
        found = list(_cached.pages_in_memory(file.fileno(), len(m), done.append))
    if all(there):
        pytest.skip("this file system keeps pages that are dropped")
    assert b"".join(bytes([1]) * (end - first) for first, end in found).count(1) == there.count(1)
    cached = _cached.Ranges("x", 100 * PAGE)
    for first, end in found:
        cached.add(first, end)
    assert list(cached.ranges()) == [(a * PAGE, b * PAGE) for a, b in ranges_of(there)]
    assert done == sorted(done) and done[-1] == 100


@pytest.mark.parametrize("count", COUNTS)
@pytest.mark.parametrize("show", [_pages.show_lines, _pages.show_exact])
def test_pages_sparse_tebibyte(tmp_path, show, count, capsys, monkeypatch):
    """Takes milliseconds, and little memory; a look at each page takes half a minute."""
    monkeypatch.setattr(_cached, "count_in_memory", count)
    written = [3 << 38, (1 << 40) - PAGE]
    with open(tmp_path / "huge", "wb") as file:
        file.truncate(1 << 40)
        for at in written:
            os.pwrite(file.fileno(), b"x", at)
    if (tmp_path / "huge").stat().st_blocks * 512 > 1 << 20:
        pytest.skip("this file system has no holes")
    tracemalloc.start()
    try:
        begun = time.process_time()
        status = show(_pages.Look([str(tmp_path / "huge")]), None)
        looked = time.process_time() - begun
        _, peak = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()
    assert (status, looked < 5) == (0, True)
    assert peak < 1 << 20
    told = capsys.readouterr().out
    if show is _pages.show_exact:
        assert json.loads(told)[0]["ranges"] == [[at, at + PAGE] for at in written]


def test_pages_hole_that_was_read_is_in_memory(tmp_path):
    path = tmp_path / "hole"
    with path.open("wb") as file:
        file.truncate(100 * PAGE)
        if _cachestat.count_in_memory(file.fileno(), 0, 1) is None:
            pytest.skip("this system does not count pages")
    path.read_bytes()
    [told] = json.loads(run("pages", "--json", path).stdout)
    assert told["resident_pages"] == sum(resident(path))


@pytest.mark.parametrize("count", COUNTS)
@pytest.mark.parametrize("new", [0, PAGE])
def test_pages_file_cut_meanwhile(tmp_path, new, count, monkeypatch, capsys):
    """The other files are shown."""
    monkeypatch.setattr(_cached, "count_in_memory", count)
    path, other = tmp_path / "data", tmp_path / "other"
    path.write_bytes(bytes(9 * PAGE))
    other.write_bytes(b"x")
    check = _pages.is_reported

    def cut(name, status):
        if name == str(path):
            os.truncate(name, new)
        return check(name, status)

    monkeypatch.setattr(_pages, "is_reported", cut)
    assert _pages.show_lines(_pages.Look([str(path), str(other)]), None) == 1
    told = capsys.readouterr()
    says = f"python -m ironmap pages: {path}: became shorter during the look at it\n"
    assert told.err == says
    assert told.out.endswith("other\n") and told.out.count("\n") == 1
