"""Other threads run during a long call of ironmap; the stdlib module keeps the GIL."""

import tempfile
import time

import pytest

from mounts import is_in_memory_alone

from .apart import apart
from .common import MIB, PROGRESS, TRIES, Ticks, endless_map, file_map, start, uses_endless_map


def check_progress(action, prepare=lambda: None):
    with Ticks() as ticks:
        assert ticks.progress_during(action, prepare)


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


@pytest.mark.skipif(is_in_memory_alone(tempfile.gettempdir()), reason="nothing is written there")
@apart("ironmap")
def test_flush_releases_gil(mmap):
    with file_map(mmap, 256 * MIB) as m:
        data = b"x" * len(m)
        check_progress(m.flush, prepare=lambda: m.__setitem__(slice(None), data))


@uses_endless_map
@apart("ironmap")
def test_readline_releases_gil(mmap):
    with endless_map(mmap, 1) as m:
        check_progress(m.readline, prepare=lambda: m.seek(0))


@uses_endless_map
@apart("ironmap")
def test_readline_does_not_block_readers(mmap):
    def reads_during_a_line(m):
        reads, ended = [], []

        def read_on():
            while not ended:
                reads.append(m[0])
                # As in Ticks: a reader that waits for the whole of the call reads once
                # before it and once after it.
                time.sleep(0.0005)

        (reader,) = start(read_on)
        while not reads:
            time.sleep(0.001)
        begun = len(reads)
        m.seek(0)
        assert len(m.readline()) == len(m)
        meanwhile = len(reads) - begun
        ended.append(True)
        reader.join()
        return meanwhile

    with endless_map(mmap, 1) as m:
        assert any(reads_during_a_line(m) >= PROGRESS for _ in range(TRIES))


@apart("ironmap")
def test_getitem_slice_releases_gil(mmap):
    with mmap.mmap(-1, 512 * MIB) as m:
        check_progress(lambda: m[:])


@apart("ironmap")
def test_write_releases_gil(mmap):
    data = bytes(256 * MIB)
    with mmap.mmap(-1, len(data)) as m:
        check_progress(lambda: m.write(data), prepare=lambda: m.seek(0))


@apart("ironmap")
def test_move_releases_gil(mmap):
    with mmap.mmap(-1, 256 * MIB) as m:
        check_progress(lambda: m.move(0, 128 * MIB, 128 * MIB))


@uses_endless_map
@apart("stdlib")
def test_ticks_detect_held_gil(mmap):
    """Tests the measurement with a find that keeps the GIL."""
    with endless_map(mmap, 1) as m, Ticks() as ticks:
        assert any(ticks.during(lambda: m.find(b"\1")) < PROGRESS for _ in range(TRIES))
