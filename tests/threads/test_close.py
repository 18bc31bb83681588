"""Closing and resizing while other threads use the map."""

import math
import threading
import time

from .apart import apart
from .common import (
    CLOSED,
    MIB,
    file_map,
    growing_maps,
    run_all,
    search_in_progress,
    start,
    unless_closed,
    uses_endless_map,
)


@apart("stdlib", "ironmap")
def test_find_while_close(mmap):
    for turn in range(60):
        m = mmap.mmap(-1, 20 * MIB)
        m[-1] = 1
        answers = []

        def close_later():
            time.sleep(turn * 0.0001)
            m.close()

        run_all(
            lambda: answers.append(unless_closed(lambda: m.find(b"\1", 0))),
            lambda: answers.append(unless_closed(lambda: m.rfind(b"\1", 0))),
            close_later,
        )
        assert set(answers) <= {20 * MIB - 1, None}, answers
        assert m.closed


@uses_endless_map
@apart("ironmap")
def test_close_during_find(mmap):
    for m in growing_maps(mmap):
        with search_in_progress(m) as results:
            under_way = not results
            m.close()
            assert m.closed
        assert results[0] in (-1, None)
        if under_way:
            return
    raise AssertionError("close() never met a find in progress")


@uses_endless_map
@apart("ironmap")
def test_resize_during_find(mmap):
    for m in growing_maps(mmap):
        with search_in_progress(m) as results:
            under_way = not results
            m.resize(4000)
            assert len(m) == 4000
        assert results == [-1]
        m.close()
        if under_way:
            return
    raise AssertionError("resize() never met a find in progress")


OTHERS = 4
# How many operations the other threads finish before one thread wants the map.
BEFORE = 50
# How many they may finish while it waits. With the GIL alone, which switches every 5 ms, it
# is one or two hundred.
MOST = 1000


def check_turn_comes(m, operation, wanted):
    """Repeats ``operation`` in other threads; ``wanted`` must not wait for them forever."""
    finished = 0
    limit = math.inf

    def loop():
        nonlocal finished
        while finished < limit and not m.closed:
            unless_closed(operation)
            finished += 1

    threads = start(*[loop] * OTHERS)
    while finished < BEFORE:
        time.sleep(0.001)
    before = finished
    limit = before + MOST
    wanted()
    waited = finished - before
    limit = 0
    for thread in threads:
        thread.join()
    assert waited < MOST, "it could run only after the others had stopped"


OPERATIONS = {
    "find": lambda m: m.find(b"\1", 0),
    "copy out": lambda m: m[: 8 * MIB],
    "copy in": lambda m: m.move(0, 1, 8 * MIB),
}


@apart("ironmap")
def test_close_not_starved(mmap):
    for operation in OPERATIONS.values():
        m = mmap.mmap(-1, 20 * MIB)
        m[:] = bytes(len(m))
        check_turn_comes(m, lambda: operation(m), m.close)
        assert m.closed


@apart("ironmap")
def test_resize_not_starved(mmap):
    for operation in OPERATIONS.values():
        m = file_map(mmap, 20 * MIB)
        check_turn_comes(m, lambda: operation(m), lambda: m.resize(18 * MIB))
        assert len(m) == 18 * MIB
        m.close()


@apart("ironmap")
def test_reader_not_starved_by_writers(mmap):
    with mmap.mmap(-1, 20 * MIB) as m:
        check_turn_comes(m, lambda: OPERATIONS["copy in"](m), lambda: m.find(b"\1", 0))
        check_turn_comes(m, lambda: OPERATIONS["copy in"](m), lambda: m[5])


@apart("ironmap")
def test_writer_not_starved_by_readers(mmap):
    with mmap.mmap(-1, 20 * MIB) as m:
        check_turn_comes(m, lambda: OPERATIONS["find"](m), lambda: m.write(bytes(5 * MIB)))
        check_turn_comes(m, lambda: OPERATIONS["find"](m), lambda: m.write_byte(1))


@apart("stdlib", "ironmap")
def test_methods_while_close(mmap):
    m = mmap.mmap(-1, 20 * MIB)
    methods = {
        "find": lambda: m.find(b"\1", 0),
        "slice": lambda: m[:],
        "assign": lambda: m.__setitem__(slice(None), bytes(20 * MIB)),
        "read": lambda: m.read(8 * MIB),
        "move": lambda: m.move(0, 1, 19 * MIB),
        "flush": m.flush,
        "resize": lambda: m.resize(len(m) - 1),
        "size": m.size,
    }

    def until_closed(method):
        while True:
            try:
                method()
            except ValueError as error:
                if str(error) == CLOSED:
                    return
                assert "out of range" in str(error), error
            except (IndexError, OSError) as error:
                # A resize makes slices not fit; up to 3.14 an anonymous map has no size.
                assert "wrong size" in str(error) or method == m.size, error

    def close_later():
        time.sleep(0.2)
        m.close()

    run_all(
        close_later, *(lambda method=method: until_closed(method) for method in methods.values())
    )


@apart("stdlib", "ironmap")
def test_close_and_resize_refuse_view_of_other_thread(mmap):
    m = mmap.mmap(-1, 16 * MIB)
    taken, release = threading.Event(), threading.Event()

    def hold():
        with memoryview(m):
            taken.set()
            release.wait()

    (thread,) = start(hold)
    taken.wait()
    for action in (m.close, lambda: m.resize(4000)):
        try:
            action()
        except BufferError:
            continue
        raise AssertionError("a map with a view was taken away")
    release.set()
    thread.join()
    m.close()
