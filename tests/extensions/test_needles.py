"""``Needles``: several needles, prepared once, and the searches that take them."""

import copy
import itertools
import os
import pickle
import random
import re
import signal
import sys
import threading
import time

import pytest

import ironmap
from compat.support import CLOSED, raises
from hang import HANG
from ironmap import Needles

TEXT = b"one two three\nTWO one\nfour\nthree two\none"
WORDS = [b"two", b"one", b"three"]


def naive(data, needles, ignore_case, start=0, end=None):
    """The matches of a regular expression, of which each alternative is a group."""
    pattern = b"|".join(b"(" + re.escape(needle) + b")" for needle in needles)
    flags = re.IGNORECASE if ignore_case else 0
    view = data[:end]
    found = re.compile(pattern, flags | re.DOTALL).finditer(view, start)
    return [(match.start(), match.lastindex - 1) for match in found]


@pytest.mark.parametrize("ignore_case", [False, True])
@pytest.mark.parametrize("needles", [WORDS, WORDS[::-1], [b"o"], [b"ONE"], [b"t", b"two", b"tw"]])
def test_find_all_needles(make_map, needles, ignore_case):
    m = make_map(TEXT)
    prepared = Needles(needles, ignore_case=ignore_case)
    expected = naive(TEXT, needles, ignore_case)
    assert [*m.find_all(prepared)] == expected
    assert m.count(prepared) == len(expected)
    assert m.find_any(prepared) == (expected[0] if expected else None)
    for start, end in [(1, None), (3, 20), (0, 14), (len(TEXT), None), (9, 5), (-6, None)]:
        first, last, _ = slice(start, end).indices(len(TEXT))
        expected = naive(TEXT, needles, ignore_case, first, last)
        assert [*m.find_all(prepared, start, end)] == expected
        assert m.count(prepared, start=start, end=end) == len(expected)
        assert m.find_any(prepared, start, end) == (expected[0] if expected else None)
    assert m.tell() == 0


def test_find_all_needles_random_text(make_map):
    random.seed(2)
    data = bytes(random.choice(b"abcABC\n") for _ in range(200_000))
    m = make_map(data)
    for _ in range(30):
        needles = [bytes(random.choices(b"abcABC", k=random.randint(1, 4))) for _ in range(3)]
        ignore_case = random.random() < 0.5
        prepared = Needles(needles, ignore_case=ignore_case)
        expected = naive(data, needles, ignore_case)
        assert [*m.find_all(prepared)] == expected
        assert m.count(prepared) == len(expected)


def test_find_all_needles_large_map():
    m = ironmap.mmap(-1, 40 << 20)
    places = [0, 5 << 20, (16 << 20) - 2, (40 << 20) - 3]
    for place in places:
        m[place : place + 3] = b"abc"
    shown = []
    prepared = Needles([b"abc", b"bc"])
    assert [*m.find_all(prepared, progress=lambda *of: shown.append(of))] == [
        (place, 0) for place in places
    ]
    assert shown[-1] == (len(m), len(m))
    assert m.count(prepared) == 4


def test_find_all_needles_only_ascii_letters_have_cases(make_map):
    m = make_map("É é K k @ `".encode("latin-1"))
    assert m.count(Needles(["é".encode("latin-1")], ignore_case=True)) == 1
    assert m.count(Needles([b"@"], ignore_case=True)) == 1
    assert m.count(Needles([b"k"], ignore_case=True)) == 2


def test_find_all_needles_overlapping_is_refused(make_map):
    with raises(TypeError, "overlapping= and out= are for one needle, not for Needles"):
        make_map(TEXT).find_all(Needles(WORDS), overlapping=True)


@pytest.mark.skipif(sys.platform == "win32", reason="Windows cuts no file that is mapped")
def test_find_all_needles_up_to_the_damage(tmp_path):
    page = ironmap.PAGESIZE
    (tmp_path / "data").write_bytes(b"one" + bytes(20 * page) + b"one")
    with ironmap.open(tmp_path / "data") as m:
        os.truncate(tmp_path / "data", 10 * page)
        found = m.find_all(Needles([b"one", b"two"]))
        assert next(found) == (0, 1 - 1)
        with pytest.raises(ironmap.FaultError) as raised:
            next(found)
        assert raised.value.offset == 10 * page


def test_find_all_needles_map_shrinks_or_closes(make_map):
    m = make_map(TEXT)
    found = m.find_all(Needles(WORDS))
    assert next(found) == (0, 1)
    m.resize(5)
    assert [*found] == []
    found = m.find_all(Needles(WORDS))
    m.close()
    with raises(ValueError, CLOSED):
        next(found)


def test_needles_shared_by_threads(make_map):
    m = make_map(TEXT * 1000)
    prepared, expected = Needles(WORDS), naive(TEXT * 1000, WORDS, False)
    results = []
    threads = [
        threading.Thread(target=lambda: results.append([*m.find_all(prepared)])) for _ in range(8)
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert results == [expected] * 8


@pytest.mark.parametrize(
    "twin", [copy.copy, copy.deepcopy, lambda n: pickle.loads(pickle.dumps(n))]
)
def test_needles_copies_and_pickles(make_map, twin):
    prepared = twin(Needles(WORDS, ignore_case=True))
    assert type(prepared) is Needles
    assert [*prepared] == WORDS
    assert [*make_map(TEXT).find_all(prepared)] == naive(TEXT, WORDS, True)


def test_needles_pickle_names_the_package():
    assert b"_needles" in pickle.dumps(Needles([b"a"]))
    assert Needles.__module__ == "ironmap"


def test_needles_of_every_type():
    needles = Needles(iter([b"a", bytearray(b"bc"), memoryview(b"de"), 102]))
    assert ([*needles], len(needles)) == ([b"a", b"bc", b"de", b"f"], 4)
    assert repr(needles) == "Needles([b'a', b'bc', b'de', …])"
    assert repr(Needles([b"a"], ignore_case=True)) == "Needles([b'a'], ignore_case=True)"


@pytest.mark.parametrize(
    ("needles", "error", "text"),
    [
        ([], ValueError, "there must be at least one needle"),
        ([b"a", b""], ValueError, "needle 1 is empty: it would match everywhere"),
        (b"abc", TypeError, r"iterable of needles, not bytes: write Needles\(\[b'…'\]\)"),
        ("abc", TypeError, r"iterable of needles, not str: write Needles\(\[b'…'\]\)"),
        (["abc"], TypeError, "a needle must be bytes-like or an int, not str"),
        ([[b"a"]], TypeError, r"an int, not list: use Needles\(\[…\]\) for several"),
        ([None], TypeError, "a needle must be bytes-like or an int, not NoneType"),
        ([256], ValueError, "bytes must be in range"),
        (7, TypeError, "not iterable"),
    ],
)
def test_needles_wrong_arguments(needles, error, text):
    with pytest.raises(error, match=text):
        Needles(needles)


def test_needles_too_many_bytes():
    with pytest.raises(ValueError, match="512 MiB"):
        Needles([bytes(1 << 29), b"x"])


def test_prepared_needles_are_made_by_needles_only():
    base = Needles.__base__
    with pytest.raises(TypeError):
        base()
    with raises(TypeError, "the class must be a subclass of PreparedNeedles"):
        ironmap._ironmap._prepare_needles(int, (b"a",), False)


class Subclass(Needles):
    """A class of a user."""


def test_needles_subclass_pickles_itself(make_map):
    assert make_map(TEXT).count(Subclass([b"one"])) == 3
    assert type(pickle.loads(pickle.dumps(Subclass([b"one"])))) is Subclass


def lines_with(data, needles, ignore_case=False):
    lines = data.splitlines(keepends=True)
    return [line for line in lines if naive(line, needles, ignore_case)]


@pytest.mark.parametrize("keepends", [True, False])
@pytest.mark.parametrize("data", [TEXT, TEXT + b"\n", b"\n" + TEXT, b"", b"\n\n", b"two"])
def test_lines_matching_several_needles(make_map, data, keepends):
    m = make_map(data) if data else ironmap.mmap(-1, 1)
    expected = lines_with(data, WORDS)
    if not keepends:
        expected = [line.removesuffix(b"\n") for line in expected]
    assert [*m.lines(keepends, matching=Needles(WORDS))] == expected
    assert m.tell() == 0


def test_lines_matching_one_needle_and_none(make_map):
    m = make_map(TEXT)
    assert [*m.lines(matching=b"two")] == lines_with(TEXT, [b"two"])
    assert [*m.lines(matching=ord("u"))] == [b"four\n"]
    assert [*m.lines(matching=b"two\n")] == [b"three two\n"]
    assert [*m.lines(matching=None)] == TEXT.splitlines(keepends=True)
    assert [*m.lines(matching=Needles([b"two"], ignore_case=True))] == lines_with(
        TEXT, [b"two"], True
    )
    assert [*m.lines(start=20, end=30, matching=b"o")] == [
        line for line in TEXT[20:30].splitlines(keepends=True) if b"o" in line
    ]


def test_lines_matching_wrong_arguments(make_map):
    m = make_map(TEXT)
    with pytest.raises(ValueError, match="is in no single line"):
        m.lines(matching=b"a\nb")
    with pytest.raises(TypeError, match="bytes-like or an int"):
        m.lines(matching="two")
    for several in ([b"one", b"two"], (b"one",), {b"one"}):
        with pytest.raises(TypeError, match=r"use Needles\(\[…\]\) for several"):
            m.lines(matching=several)
    with pytest.raises(ValueError, match="is empty"):
        m.lines(matching=b"")
    m.close()
    with raises(ValueError, CLOSED):
        m.lines(matching=b"two")


def test_lines_matching_random_text(make_map):
    random.seed(3)
    data = bytes(random.choice(b"abcd\n") for _ in range(50_000))
    m = make_map(data)
    for needles in ([b"abc"], [b"ab", b"cd"], [b"a", b"dd\n"]):
        assert [*m.lines(matching=Needles(needles))] == lines_with(data, needles)


@pytest.mark.skipif(sys.platform == "win32", reason="Windows does not cut a mapped file")
def test_lines_matching_goes_on_after_fault(tmp_path):
    page = ironmap.PAGESIZE
    text = (b"." * (page - 2) + b"x\n") * 4
    path = tmp_path / "lines"
    path.write_bytes(text)
    with ironmap.open(path) as m:
        found = m.lines(matching=b"x")
        os.truncate(path, page)
        lines, faults = [], 0
        while True:
            try:
                lines.append(next(found))
            except ironmap.FaultError:
                faults += 1
                path.write_bytes(text) if faults == 2 else None
            except StopIteration:
                break
        assert (b"".join(lines), faults) == (text, 2)


# Lines of eight bytes that are read at once.
WINDOW = (64 << 10) // 8


def stored(m, data):
    m[:] = data


CHANGES = {
    "a store": lambda m: stored(m, b"fine  y\n" * (len(m) // 8)),
    "a store of longer lines": lambda m: stored(m, b"ERRO" * (len(m) // 4)),
    "a cut": lambda m: (m.resize(400), m.resize(40_960)),
    "a cut in a needle": lambda m: (m.resize(402), m.resize(40_960)),
    "other places": lambda m: stored(m, (b"ok\nERROR\nan " * (len(m) // 12 + 1))[: len(m)]),
}


@pytest.mark.parametrize("change", CHANGES)
@pytest.mark.parametrize("steps", [1, 5, WINDOW - 1, WINDOW, WINDOW + 1, 20_000])
@pytest.mark.parametrize(
    "needles", [b"ERROR", Needles([b"zzz", b"ERROR"]), Needles([b"error"], ignore_case=True)]
)
def test_lines_matching_after_change_returns_matches_alone(make_map, change, steps, needles):
    m = make_map(b"ERROR x\n" * 24_000)
    found = m.lines(matching=needles)
    lines = [next(found) for _ in range(steps)]
    CHANGES[change](m)
    lines += found
    assert [line for line in lines if b"ERROR" not in line] == []


def test_lines_matching_stores_during_the_iteration(make_map):
    """A thread moves the needle to and fro."""
    texts = [(b"x ERROR\n" + b"." * 300 + b"\n") * 3000, (b"." * 308 + b"\n") * 3000]
    m, done = make_map(texts[0]), threading.Event()

    def store():
        for count in itertools.count():
            if done.is_set():
                return
            m[:] = texts[count % 2]

    thread = threading.Thread(target=store)
    thread.start()
    try:
        wrong = {
            line for _ in range(20) for line in m.lines(matching=b"ERROR") if b"ERROR" not in line
        }
    finally:
        done.set()
        thread.join()
    assert wrong == set()


@pytest.mark.parametrize("keepends", [True, False])
def test_lines_matching_lines_of_all_lengths(make_map, keepends):
    """Lines around the size of a window, and matches around its end."""
    random.seed(7)
    sizes = [0, 1, 100, 65_530, 65_536, 65_537, 200_000]
    lines = []
    for size in random.choices(sizes, k=60):
        line = bytearray(b"." * size)
        if random.random() < 0.5:
            at = random.randrange(size + 1)
            line[at:at] = random.choice([b"ab", b"ab" * 20, b"AB"])
        lines.append(bytes(line) + b"\n")
    data = b"".join(lines).removesuffix(b"\n")
    m = make_map(data)
    for ignore_case in (False, True):
        expected = lines_with(data, [b"ab"], ignore_case)
        if not keepends:
            expected = [line.removesuffix(b"\n") for line in expected]
        needles = Needles([b"ab"], ignore_case=ignore_case)
        assert [*m.lines(keepends, matching=needles)] == expected


def test_lines_matching_parts_of_a_search_overlap():
    """A match across the end of what is searched at once."""
    with ironmap.mmap(-1, (12 << 20) + 16) as m:
        for at in [(4 << 20) - 1, (8 << 20) - 3, (12 << 20) - 4]:
            m[at - 9 : at + 7] = b"\n12345678abcdef\n"
        for needles in (b"abcdef", Needles([b"abcdef", b"8abcdef\n"])):
            assert [*m.lines(matching=needles)] == [b"12345678abcdef\n"] * 3


@pytest.mark.skipif(sys.platform == "win32", reason="Windows has no forks")
def test_lines_matching_goes_on_in_forked_child(make_map):
    """Another thread of the parent is in the iterator at the fork."""
    lines = [b"%d an x\n" % n for n in range(20_000)]
    m, parent = make_map(b"".join(lines)), os.getpid()
    entered, go_on = threading.Event(), threading.Event()

    def progress(done, total):
        if os.getpid() == parent:
            entered.set()
            go_on.wait(HANG)

    found, taken = m.lines(matching=b"x", progress=progress), []
    time.sleep(0.15)  # Then a report is due.
    thread = threading.Thread(target=lambda: taken.extend(found))
    thread.start()
    entered.wait(HANG)
    child = os.fork()
    if child == 0:
        signal.alarm(20)  # Ends it if it waits for the thread, which it does not have.
        rest = [*found]
        os._exit(0 if 0 < len(rest) < len(lines) and rest == lines[-len(rest) :] else 1)
    go_on.set()
    thread.join()
    assert os.waitpid(child, 0)[1] == 0
    assert taken == lines


def test_lines_matching_shared_by_threads(make_map):
    m = make_map(b"a line with an x\n" * 3000)
    found, lines = m.lines(matching=b"x"), []
    threads = [threading.Thread(target=lambda: lines.extend(found)) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert lines == [b"a line with an x\n"] * 3000
