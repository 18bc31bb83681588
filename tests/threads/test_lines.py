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
