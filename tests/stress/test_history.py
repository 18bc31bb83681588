"""The history by which the soak judges, for a file that only the test changes."""

import os
from random import Random

import pytest

import ironmap
from stress.files import SMALL, Changing
from stress.history import JOURNAL_WORDS, MAPPER, PAGE, Journal, View, filling_bytes

FIRST, LAST = 2, 4  # A stripe that is written through maps.


@pytest.fixture
def file(tmp_path):
    journal = Journal(memoryview(bytearray(8 * JOURNAL_WORDS)).cast("q"))
    file = Changing(tmp_path / "file", SMALL, journal, Random(1))
    yield file
    file.close()


@pytest.fixture
def view(file):
    return View(file.journal, SMALL.pages)


def content(file):
    return os.pread(file.file, SMALL.size, 0)


def write(file, salt):
    with file.journal.filling(MAPPER, FIRST, LAST, salt):
        with ironmap.mmap(file.file, 0) as map:
            map[FIRST * PAGE : LAST * PAGE] = filling_bytes(FIRST, LAST, salt)


@pytest.mark.parametrize("seed", range(5))
def test_history_idle_allows_one_value(file, view, seed):
    rng = file.rng = Random(seed)
    for _ in range(300):
        act = rng.choice([file.cut, file.grow, file.fill, lambda: write(file, rng.randrange(255))])
        if act in (file.cut, file.grow, file.fill) or file.size >= LAST * PAGE:
            act()
        view.begin()
        window, got = view.end(), content(file)
        assert len(got) == file.size
        assert window.wrong(0, got) == 0
        assert window.wrong(0, bytes(byte ^ 1 for byte in got)) == len(got)


def test_history_fill_allows_old_and_new(file, view):
    old = content(file)
    view.begin()
    with file.journal.filling(MAPPER, FIRST, LAST, salt=77):
        window = view.end()
    new = filling_bytes(FIRST, LAST, 77)
    assert window.wrong(0, old) == 0
    assert window.wrong(FIRST * PAGE, new) == 0
    assert window.wrong(FIRST * PAGE, bytes(PAGE)) == PAGE
    assert window.wrong((LAST + 1) * PAGE, new[:PAGE]) == PAGE


def test_history_lost_write_is_wrong(file, view):
    old = content(file)
    with file.journal.filling(MAPPER, FIRST, LAST, salt=77):
        pass
    view.begin()
    assert view.end().wrong(FIRST * PAGE, old[FIRST * PAGE : LAST * PAGE]) == (LAST - FIRST) * PAGE


def test_history_failed_write_allows_both(file, view):
    old = content(file)
    with pytest.raises(OSError), file.journal.filling(MAPPER, FIRST, LAST, salt=77):
        raise OSError
    view.begin()
    window = view.end()
    assert window.wrong(FIRST * PAGE, old[FIRST * PAGE : LAST * PAGE]) == 0
    assert window.wrong(FIRST * PAGE, filling_bytes(FIRST, LAST, 77)) == 0


def test_history_cut_allows_no_bytes(file, view):
    old = content(file)
    file.set_size(PAGE)
    view.begin()
    window = view.end()
    assert window.must_lack(PAGE) and not window.may_lack(PAGE - 1)
    assert window.wrong(PAGE, old[PAGE : 2 * PAGE]) == PAGE
    assert window.wrong(PAGE, bytes(PAGE)) == PAGE
    assert window.wrong_to_foreign_code(PAGE, bytes(PAGE)) == 0
    assert window.misses(0, 0, 2 * PAGE)


def test_history_cut_allows_both_meanwhile(file, view):
    old = content(file)
    view.begin()
    with file.journal.cutting(PAGE + 100):
        window = view.end()
    assert not window.must_lack(2 * PAGE) and window.may_lack(2 * PAGE)
    assert window.wrong(0, old) == 0
    assert window.wrong(PAGE + 100, bytes(PAGE - 100)) == 0
    assert window.wrong(PAGE + 99, bytes(1)) == 1


def test_history_search_must_meet_constant_page(file, view):
    view.begin()
    window = view.end()
    value = content(file)[5 * PAGE]
    assert window.misses(value, 0, 6 * PAGE)
    assert not window.misses(value, 0, 6 * PAGE - 1)
    assert not window.misses(value, 6 * PAGE, SMALL.size)
