"""Threads share the position: their reads and writes are disjoint and leave no gap."""

import struct
import time

from .apart import apart
from .common import MIB, run_all, start

SIZE = 48 * MIB
NUMBERS = SIZE // 4
THREADS = 4


def numbered(mmap):
    """Maps the numbers 0, 1, 2 …, four bytes each."""
    m = mmap.mmap(-1, SIZE)
    m[:] = struct.pack(f"<{NUMBERS}I", *range(NUMBERS))
    return m


def check_tiles(chunks):
    """Checks that the chunks have all of the numbers once, each chunk consecutive ones."""
    at = 0
    for chunk in sorted(chunks, key=lambda chunk: struct.unpack_from("<I", chunk)):
        first, last = (
            struct.unpack_from("<I", chunk)[0],
            struct.unpack_from("<I", chunk, len(chunk) - 4)[0],
        )
        assert first == at and last == at + len(chunk) // 4 - 1, (
            f"{first}..{last}, but {at} is next"
        )
        at = last + 1
    assert at == NUMBERS, f"{NUMBERS - at} numbers are missing"


def read_all(m, sizes):
    """Reads chunks of another size in each thread until the end; returns them all."""
    chunks = []

    def read(size):
        while chunk := m.read(size):
            chunks.append(chunk)

    run_all(*(lambda size=size: read(size) for size in sizes))
    return chunks


@apart("stdlib", "ironmap")
def test_read_large_chunks_disjoint(mmap):
    m = numbered(mmap)
    check_tiles(read_all(m, [5 * MIB] * THREADS))


@apart("stdlib", "ironmap")
def test_read_mixed_chunks_disjoint(mmap):
    m = numbered(mmap)
    check_tiles(read_all(m, [4 * MIB, 5 * MIB, 4000, 40_000]))


@apart("stdlib", "ironmap")
def test_write_chunks_disjoint(mmap):
    m = mmap.mmap(-1, SIZE)
    chunk = 4 * MIB
    written = []

    def write(number):
        data = bytes([number]) * chunk
        while True:
            try:
                m.write(data)
            except ValueError as error:
                assert str(error) == "data out of range"
                return
            written.append(number)

    run_all(*(lambda number=number: write(number) for number in range(1, THREADS + 1)))
    assert m.tell() == SIZE
    found = [m[at] for at in range(0, SIZE, chunk)]
    assert sorted(found) == sorted(written)
    for at in range(0, SIZE, chunk):
        assert m[at : at + chunk] == bytes([m[at]]) * chunk, f"a torn chunk at {at}"


@apart("stdlib", "ironmap")
def test_readline_threads_get_disjoint_lines(mmap):
    lines = [b"%d %s\n" % (number, b"x" * (number % 7)) for number in range(40_000)]
    text = b"".join(lines)
    m = mmap.mmap(-1, len(text))
    m[:] = text
    got = []

    def read():
        while line := m.readline():
            got.append(line)

    run_all(*[read] * THREADS)
    assert sorted(got) == sorted(lines)


@apart("stdlib", "ironmap")
def test_readline_long_disjoint(mmap):
    """Reads lines that are so long that each one is read without the GIL."""
    lines = [bytes([number]) * (5 * MIB) + b"\n" for number in range(48, 56)]
    text = b"".join(lines)
    m = mmap.mmap(-1, len(text))
    m[:] = text
    got = []

    def read():
        while line := m.readline():
            got.append(line)

    run_all(*[read] * THREADS)
    assert sorted(got) == lines


@apart("ironmap")
def test_seek_during_long_readline(mmap):
    """The seek takes effect before the line or after it, never in between."""
    m = mmap.mmap(-1, 64 * MIB)
    m.write(b"x" * len(m))
    m.seek(0)
    begun = time.monotonic()
    assert len(m.readline()) == len(m)
    taken = time.monotonic() - begun
    for tenth in [*range(10)] * 3:
        m.seek(0)
        lines = []
        (reader,) = start(lambda lines=lines: lines.append(m.readline()))
        time.sleep(taken * tenth / 10)
        m.seek(1)
        reader.join()
        outcome = (len(lines[0]), m.tell())
        assert outcome in {(len(m), 1), (len(m) - 1, len(m))}, f"{outcome} after {tenth} tenths"


@apart("stdlib", "ironmap")
def test_seek_read_write_keep_position_in_bounds(mmap):
    m = mmap.mmap(-1, 8 * MIB)

    def go(action):
        for _ in range(300):
            try:
                action()
            except ValueError as error:
                assert "out of range" in str(error), error
            assert 0 <= m.tell() <= len(m)

    run_all(
        lambda: go(lambda: m.seek(0)),
        lambda: go(lambda: m.seek(-1, 2)),
        lambda: go(lambda: m.read(5 * MIB)),
        lambda: go(lambda: m.write(bytes(MIB))),
        lambda: go(lambda: m.seek(3 * MIB, 1)),
    )


@apart("stdlib", "ironmap")
def test_readline_during_long_write(mmap):
    lines = b"x\n" * (8 * MIB)
    m = mmap.mmap(-1, len(lines) + MIB)
    for _ in range(20):
        m.seek(0)
        m[:2] = b"\n\n"

        def read_a_line():
            time.sleep(0.001)
            m.readline()

        run_all(lambda: m.write(lines), read_a_line)
        # In both orders the write has moved the position past all that it wrote.
        assert m.tell() >= len(lines), f"position {m.tell()} after a write of {len(lines)}"
