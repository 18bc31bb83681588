"""The functions that the cases run inside an interpreter."""

import gc
import os
import sys
import tempfile
import threading
import weakref

PAGE = os.sysconf("SC_PAGE_SIZE")
TEXT = b"one two\n"


def raises(error, function, *arguments):
    try:
        function(*arguments)
    except error as raised:
        return raised
    raise AssertionError(f"{function} has not raised {error}")


def file_of(pages=2):
    file = tempfile.TemporaryFile()
    file.write(TEXT + bytes(pages * PAGE - len(TEXT)))
    file.flush()
    return file


def nothing():
    """Imports what the other functions do, without ironmap."""
    file_of().close()


def everything():
    """Maps, reads, searches, stores, exports, iterates, resizes, faults, restores and closes."""
    import ironmap

    with file_of() as file, ironmap.mmap(file.fileno(), 0) as m:
        assert type(m) is ironmap.mmap and "length" in repr(m)
        assert m[0] == ord("o") and m[:7] == b"one two" and b"t" in m
        assert m.find(b"two") == 4 and list(m.find_all(b"o")) == [0, 6]
        assert next(m.lines()) == m.readline() == TEXT
        m[:3] = b"ONE"
        with memoryview(m) as view:
            assert bytes(view[:3]) == b"ONE"
            raises(BufferError, m.close)
        m.resize(3 * PAGE)
        m.resize(2 * PAGE)
        raises(IndexError, m.__getitem__, 2 * PAGE)
        raises(ValueError, m.seek, -1)
        file.truncate(PAGE)
        fault = raises(ironmap.FaultError, m.__getitem__, PAGE)
        assert type(fault) is ironmap.FaultError and fault.offset == PAGE
        file.truncate(2 * PAGE)
        m.restore()
        assert m[PAGE] == 0
    raises(ValueError, len, m)
    assert m.closed


def hooks():
    """Each hook is called, in this interpreter, for a fault that a buffer has met."""
    import ironmap

    events, unraisable, announced = [], [], []
    sys.addaudithook(lambda name, arguments: events.append(name))
    sys.unraisablehook = lambda raised: unraisable.append(raised.exc_type)
    ironmap.set_fault_hook(announced.append)
    with file_of() as file:
        m = ironmap.mmap(file.fileno(), 0)
        view = memoryview(m)
        file.truncate(PAGE)
        assert view[PAGE] == 0
        view.release()
        del m, view
        gc.collect()
    assert "mmap.__new__" in events and "ironmap.fault" in events
    assert unraisable == [ironmap.FaultError]
    assert len(announced) == 1


def tracks_files(expected):
    """By default a map keeps a descriptor of its file, or keeps none."""
    import ironmap

    with file_of() as file, ironmap.mmap(file.fileno(), 0) as m:
        try:
            tracks = m.size() == len(m)
        except (OSError, ValueError):
            tracks = False
    assert tracks == expected


def left_open():
    """Leaves to the interpreter's end what refers to a map: cycles, buffers, iterators, damage."""
    import ironmap

    file = file_of()
    m = ironmap.mmap(file.fileno(), 0)
    n = ironmap.mmap(-1, PAGE)
    sys.modules["kept"] = m, memoryview(n), m.find_all(b"o"), m.lines()
    class_ = type("Map", (ironmap.mmap,), {})
    cycle = class_(-1, PAGE)
    cycle.itself = cycle
    ironmap.set_fault_hook(lambda report: m)
    file.truncate(PAGE)
    with memoryview(m) as view:
        assert view[PAGE] == 0
    raises(ironmap.FaultError, m.find, b"x")
    file.truncate(0)
    with memoryview(m) as view:
        assert view[0] == 0
    weakref.finalize(cycle, lambda: len(n))
    other_file = file_of()
    ironmap.FaultError.kept = ironmap.mmap(other_file.fileno(), 0)
    other_file.truncate(0)
    with memoryview(ironmap.FaultError.kept) as view:
        assert view[0] == 0


def threads():
    """Several threads of this interpreter use one map."""
    import ironmap

    m = ironmap.mmap(-1, 1 << 22)
    m[-1] = 1
    found = []
    together = [threading.Thread(target=lambda: found.append(m.find(b"\x01"))) for _ in range(4)]
    for thread in together:
        thread.start()
    for thread in together:
        thread.join()
    m.close()
    assert found == [(1 << 22) - 1] * 4


def many_faults(times=200):
    """Faults again and again, while other interpreters do the same."""
    import ironmap

    with file_of() as file, ironmap.mmap(file.fileno(), 0) as m:
        for _ in range(times):
            file.truncate(PAGE)
            raises(ironmap.FaultError, m.find, b"x")
            file.truncate(2 * PAGE)
            m.restore()
            assert m[PAGE] == 0 and list(m.find_all(b"two")) == [4]
            assert next(iter(m.lines(keepends=False))) == b"one two"
