"""Long lines beside a thread that stores: each is a line of one state of the map."""

import threading

import pytest

import ironmap

LINE = 4 << 20
STATES = [
    b"a" * (LINE - 1) + b"\n" + b"a" * LINE,
    b"b" * (LINE + 998) + b"\n" + b"b" * (LINE - 999),
]
LINES = [state[: state.index(b"\n") + 1] for state in STATES]

READS = {
    "readline": lambda m: m.readline(),
    "lines": lambda m: next(m.lines()),
}


@pytest.mark.parametrize("name", READS)
def test_long_line_beside_stores_is_of_one_state(name):
    with ironmap.mmap(-1, 2 * LINE) as m:
        m[:] = STATES[0]
        ended = threading.Event()

        def store():
            while not ended.is_set():
                for state in STATES:
                    m[:] = state

        thread = threading.Thread(target=store)
        thread.start()
        try:
            for _ in range(60):
                m.seek(0)
                assert READS[name](m) in LINES
        finally:
            ended.set()
            thread.join()


def test_readline_by_two_threads_beside_stores_loses_no_line():
    """Each line has its number at its start; the other thread makes and removes a newline in it."""
    length, count = 2 << 20, 60
    with ironmap.mmap(-1, count * length) as m:
        for number in range(count):
            m[number * length : number * length + 4] = b"%04d" % number
            m[(number + 1) * length - 1] = ord("\n")
        ended = threading.Event()
        numbers = []

        def store():
            while not ended.is_set():
                for byte in b"\nA":
                    for number in range(count):
                        m[number * length + length // 2] = byte

        def read():
            numbers.extend(line[:4] for line in iter(m.readline, b"") if line[:1].isdigit())

        threads = [threading.Thread(target=target) for target in (store, read, read)]
        for thread in threads:
            thread.start()
        for thread in threads[1:]:
            thread.join()
        ended.set()
        threads[0].join()
    assert sorted(numbers) == [b"%04d" % number for number in range(count)]
