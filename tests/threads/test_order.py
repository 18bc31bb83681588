"""What a thread gets never depends on who wins."""

import pytest

from .running import run_program

LONG = 32 << 20  # A search or copy of this many bytes detaches.


def test_a_search_is_done_before_the_map_is_closed():
    run_program(f"""
        for _ in range(20):
            m = mmap.mmap(-1, {LONG})
            m[-3:] = b"end"
            run(
                lambda: closed_or(lambda: m.find(b"end", 0), lambda at: at == {LONG} - 3),
                lambda: closed_or(lambda: m.rfind(b"xyz", 0), lambda at: at == -1),
                lambda: closed_or(lambda: m[:], lambda b: len(b) == {LONG} and b[-3:] == b"end"),
                m.close,
                m.close,
            )
            assert m.closed
    """)


def test_close_waits_for_a_search():
    run_program("""
        m = mmap.mmap(-1, 1 << 30)
        found = []
        started = threading.Event()

        def search():
            started.set()
            found.append(m.find(b"absent", 0))

        thread = threading.Thread(target=search)
        thread.start()
        started.wait()
        m.close()
        thread.join()
        # Before the close, or after it: not in the middle.
        assert found == [-1] or not found
    """)


@pytest.mark.parametrize("size", [8 << 20, 100_000])
def test_a_whole_assignment_is_seen_whole(size):
    run_program(f"""
        m = mmap.mmap(-1, {size})
        values = [bytes([value]) * {size} for value in range(4)]
        stop = threading.Event()

        def write(value):
            while not stop.is_set():
                m[:] = values[value]

        def read():
            until = time.monotonic() + 2
            seen = 0
            while time.monotonic() < until or seen < 5:
                whole = m[:]
                assert whole == whole[:1] * {size}, "a mixture"
                seen += 1
            stop.set()

        run(lambda: write(1), lambda: write(2), read)
    """)


@pytest.mark.parametrize("piece", [5 << 20, 1000])
def test_reads_hand_out_pieces_that_follow_one_another(piece):
    """Also where each read detaches: the position is never torn."""
    run_program(f"""
        count = 24
        m = mmap.mmap(-1, count * {piece})
        for i in range(count):
            m[i * {piece} : (i + 1) * {piece}] = bytes([i]) * {piece}
        got = []

        def take():
            while part := m.read({piece}):
                assert part == part[:1] * {piece}, "torn"
                got.append(part[0])

        run(take, take, take)
        assert sorted(got) == list(range(count)), got
        assert m.tell() == len(m)
    """)


@pytest.mark.parametrize("piece", [5 << 20, 1000])
def test_writes_follow_one_another(piece):
    run_program(f"""
        count = 24
        m = mmap.mmap(-1, count * {piece})

        def put(values):
            for value in values:
                m.write(bytes([value]) * {piece})

        run(lambda: put(range(0, 8)), lambda: put(range(8, 16)), lambda: put(range(16, 24)))
        parts = [m[i * {piece} : (i + 1) * {piece}] for i in range(count)]
        assert all(part == part[:1] * {piece} for part in parts), "torn"
        assert sorted(part[0] for part in parts) == list(range(count))
        assert m.tell() == len(m)
    """)


def test_lines_are_handed_out_once():
    """Lines of 6 MiB: each is looked for and copied detached."""
    run_program("""
        count, length = 12, 6 << 20
        m = mmap.mmap(-1, count * length)
        for i in range(count):
            m[i * length : (i + 1) * length] = bytes([65 + i]) * (length - 1) + b"\\n"
        got = []

        def take():
            while line := m.readline():
                assert line == line[:1] * (length - 1) + b"\\n", "torn"
                got.append(line[0] - 65)

        run(take, take, take)
        assert sorted(got) == list(range(count)), got
    """)


def test_a_reader_sees_one_of_the_sizes():
    run_program("""
        sizes = [64 * PAGE, 3000 * PAGE]
        file = tempfile.TemporaryFile()
        file.truncate(sizes[0])
        m = mmap.mmap(file.fileno(), 0)
        stop = threading.Event()

        def resize():
            until = time.monotonic() + 2
            while time.monotonic() < until:
                for size in sizes:
                    m.resize(size)
            stop.set()

        def read():
            while not stop.is_set():
                assert len(m) in sizes
                assert len(m[:]) in sizes
                assert m.size() in sizes
                assert m.find(b"x", 0) == -1
                assert m[::-7].count(0) in [-(-size // 7) for size in sizes]

        run(resize, read, read)
    """)


def test_flush_size_and_madvise_beside_close():
    run_program("""
        def make():
            file = tempfile.TemporaryFile()
            file.truncate(64 * PAGE)
            return mmap.mmap(file.fileno(), 0)

        box = [make()]
        until = time.monotonic() + 2

        def again(function, expected):
            while time.monotonic() < until:
                closed_or(lambda: function(box[0]), expected)

        def close():
            while time.monotonic() < until:
                old, box[0] = box[0], make()
                old.close()

        run(
            close,
            lambda: again(lambda m: m.flush(), lambda r: r is None),
            lambda: again(lambda m: m.size(), lambda r: r == 64 * PAGE),
            lambda: again(lambda m: m.madvise(mmap.MADV_WILLNEED), lambda r: r is None),
            lambda: again(len, lambda r: r == 64 * PAGE),
            lambda: again(repr, lambda r: r.startswith("<mmap.mmap closed=")),
        )
    """)
