"""`progress=`: a callable that is told how far a long call has got."""

import gc
import itertools
import sys
import weakref

import pytest

import ironmap

MIB = 1 << 20
SIZE = 48 * MIB


def lock(m, progress):
    try:
        m.lock(progress=progress)
    except OSError as error:
        if "RLIMIT_MEMLOCK" not in str(error):
            raise
        pytest.skip(f"this process may not lock so much: {error}")


CALLS = {
    "count": lambda m, progress: m.count(b"needle", progress=progress),
    "find_any": lambda m, progress: m.find_any([b"needle"], progress=progress),
    "find_all": lambda m, progress: list(m.find_all(b"needle", progress=progress)),
    "lines": lambda m, progress: list(m.lines(progress=progress)),
}
if sys.platform != "win32":
    CALLS |= {
        "lock": lock,
        "populate": lambda m, progress: m.populate(progress=progress),
        "resident": lambda m, progress: m.resident(progress=progress),
        "resident_pages": lambda m, progress: m.resident(pages=True, progress=progress),
    }


@pytest.fixture
def m():
    with ironmap.mmap(-1, SIZE) as m:
        yield m


@pytest.mark.parametrize("name", CALLS)
def test_progress_reports_rise_to_the_total(m, name):
    reports = []
    CALLS[name](m, lambda done, total: reports.append((done, total)))
    assert reports == sorted(reports)
    assert reports[-1] == (SIZE, SIZE)
    assert {total for _, total in reports} == {SIZE}


@pytest.mark.parametrize("line", [b"a" * 99, b"a" + b"." * (1 << 17), b"a" * 9 + b"." * 70_000])
def test_progress_of_matching_lines_rises_to_the_total(line):
    with ironmap.mmap(-1, MIB) as m:
        m[:] = ((line + b"\n") * (MIB // len(line) + 1))[:MIB]
        reports = []
        lines = [*m.lines(matching=b"a", progress=lambda *report: reports.append(report))]
        assert lines == [line for line in m[:].splitlines(keepends=True) if b"a" in line]
    assert reports == sorted(set(reports))
    assert reports[-1] == (MIB, MIB)
    assert {total for _, total in reports} == {MIB}


@pytest.mark.parametrize("line", [b"a\n", b"a" * 9 + b"\n", b"a" + b"." * (1 << 17) + b"\n"])
def test_progress_that_takes_matching_lines_repeats_none(line):
    with ironmap.mmap(-1, MIB) as m:
        m[:] = b"".join(b"%d" % n + line for n in range(1 + MIB // len(line)))[:MIB]
        lines = []
        found = m.lines(matching=b"a", progress=lambda *_: lines.extend(itertools.islice(found, 1)))
        for line in found:
            lines.append(line)
        assert sorted(lines) == sorted(set(lines)) and len(lines) > 5


def test_progress_of_matching_lines_is_checked_at_once(m):
    for matching in (None, b"ab"):
        with pytest.raises(TypeError, match=r"^progress must be a callable or None, not int$"):
            m.lines(matching=matching, progress=3)


def test_progress_of_a_range_counts_its_bytes(m):
    reports = []
    m.count(b"needle", MIB, 9 * MIB, progress=lambda *report: reports.append(report))
    assert reports[-1] == (8 * MIB, 8 * MIB)


@pytest.mark.parametrize("name", CALLS)
def test_progress_exception_ends_the_call_and_leaves_the_map_usable(m, name):
    def fail(done, total):
        raise LookupError(done)

    with pytest.raises(LookupError):
        CALLS[name](m, fail)
    m[:6] = b"needle"
    assert m.find(b"needle", 0) == 0


@pytest.mark.parametrize("name", CALLS)
def test_progress_not_callable_raises_type_error(m, name):
    with pytest.raises(TypeError, match="progress must be a callable or None, not int"):
        CALLS[name](m, 5)


@pytest.mark.parametrize("name", CALLS)
def test_progress_none_is_the_default(m, name):
    CALLS[name](m, None)


@pytest.mark.parametrize("name", ["find_all", "lines"])
def test_progress_iterator_in_a_cycle_is_collected(name):
    m = ironmap.mmap(-1, 10)

    class Progress:
        def __call__(self, done, total):
            pass

    progress = Progress()
    known = weakref.ref(progress)
    arguments = [b"a"] if name == "find_all" else []
    progress.iterator = getattr(m, name)(*arguments, progress=progress)
    del progress
    gc.collect()
    assert known() is None


def test_progress_exception_loses_no_line():
    with ironmap.mmap(-1, 400_000) as m:
        m[:] = b"0123456789abcde\n" * 25_000

        def fail(done, total):
            raise LookupError

        lines = m.lines(progress=fail)
        read = 0
        with pytest.raises(LookupError):
            for line in lines:
                assert len(line) == 16
                read += 1
        assert read == 25_000
        assert next(lines, None) is None


def test_progress_of_an_empty_range_is_not_reported(m):
    def divide(done, total):
        reports.append(done / total)

    reports = []
    assert list(m.find_all(b"a", 5, 5, progress=divide)) == []
    assert list(m.lines(start=5, end=5, progress=divide)) == []
    if sys.platform != "win32":
        m.populate(0, 0, progress=divide)
        assert m.resident(0, 0, progress=divide) == 1.0
    assert reports == []


def test_progress_of_standard_methods_is_refused(m):
    for name in ("find", "rfind"):
        with pytest.raises(TypeError):
            getattr(m, name)(b"a", progress=print)
