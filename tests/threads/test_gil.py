"""Other threads run while one is inside a long call.

ironmap alone: the stdlib module keeps the GIL.
"""

import time

from .apart import apart
from .common import MIB, PROGRESS, Ticks, endless_map, file_map, start, uses_endless_map


def check_progress(action):
    with Ticks() as ticks:
        count = ticks.during(action)
    assert count >= PROGRESS, f"{count} ticks"


@uses_endless_map
@apart("ironmap")
def test_find_releases_gil(mmap):
    with endless_map(mmap, 1) as m:
        check_progress(lambda: m.find(b"\1"))


@uses_endless_map
@apart("ironmap")
def test_find_long_needle_releases_gil(mmap):
    with endless_map(mmap, 1) as m:
        check_progress(lambda: m.find(b"\1needle"))


@uses_endless_map
@apart("ironmap")
def test_rfind_releases_gil(mmap):
    with endless_map(mmap, 1) as m:
        check_progress(lambda: m.rfind(b"\1", 0))


@apart("ironmap")
def test_flush_releases_gil(mmap):
    with file_map(mmap, 256 * MIB) as m:
        m[:] = b"x" * len(m)
        check_progress(m.flush)


@uses_endless_map
@apart("ironmap")
def test_readline_releases_gil(mmap):
    with endless_map(mmap, 1) as m:
        check_progress(m.readline)


@uses_endless_map
@apart("ironmap")
def test_readline_does_not_block_readers(mmap):
    reads = []

    def read_on(m, ended):
        while not ended:
            assert m[0] == 0
            reads.append(len(ended))
            # As Ticks: who waits for the whole of the call reads once before it and
            # once after it.
            time.sleep(0.0005)

    with endless_map(mmap, 1) as m:
        ended = []
        (reader,) = start(lambda: read_on(m, ended))
        while not reads:
            time.sleep(0.001)
        begun = len(reads)
        assert len(m.readline()) == len(m)
        meanwhile = len(reads) - begun
        ended.append(True)
        reader.join()
    assert meanwhile >= PROGRESS, f"{meanwhile} reads"


@apart("ironmap")
def test_getitem_slice_releases_gil(mmap):
    with mmap.mmap(-1, 512 * MIB) as m:
        check_progress(lambda: m[:])


@apart("ironmap")
def test_write_releases_gil(mmap):
    data = bytes(256 * MIB)
    with mmap.mmap(-1, len(data)) as m:
        check_progress(lambda: m.write(data))


@apart("ironmap")
def test_move_releases_gil(mmap):
    with mmap.mmap(-1, 256 * MIB) as m:
        check_progress(lambda: m.move(0, 128 * MIB, 128 * MIB))


@uses_endless_map
@apart("stdlib")
def test_ticks_detect_held_gil(mmap):
    """The measure itself: a find that keeps the GIL is seen to keep it."""
    with endless_map(mmap, 1) as m, Ticks() as ticks:
        count = ticks.during(lambda: m.find(b"\1"))
    assert count < PROGRESS, f"{count} ticks"
