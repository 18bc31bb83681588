"""Eight threads do everything with one map, and none waits for ever."""

import faulthandler
import os
import random
import sys
import tempfile
import threading
import time

import ironmap

SECONDS = 3
SIZE = 16 * os.sysconf("SC_PAGE_SIZE") if hasattr(os, "sysconf") else 1 << 20
EXPECTED = ("closed", "range", "wrong size", "exported", "pointers exist")


def every_call(shared, file, array, choose):
    """Returns calls, each on the map of this moment."""
    return [
        lambda m: m.__setitem__(choose(100), 97),
        lambda m: m.find(b"c\n"),
        lambda m: (m.read(10), m.seek(0)),
        lambda m: m.resize(SIZE * (1 + choose(2))),
        lambda m: memoryview(m).release(),
        lambda m: list(zip(range(10), m.lines())),
        lambda m: m.__setitem__(slice(100), array),
        lambda m: (len(m), m.readline(), m.readinto(bytearray(5))),
        lambda m: list(zip(range(5), m.find_all(b"a"))),
        lambda m: (m.write(array), m.seek(0)),
        lambda m: m[50:200:3],
        lambda m: choose(50) or (m.close(), shared.__setitem__(0, ironmap.mmap(file.fileno(), 0))),
    ]


def test_threads_together_do_everything():
    with tempfile.TemporaryFile() as file:
        file.write(b"abc\n" * (SIZE // 4))
        file.flush()
        shared, array = [ironmap.mmap(file.fileno(), 0)], bytearray(b"x" * 100)
        wrong, done, end = [], [], time.monotonic() + SECONDS

        def work(seed):
            choose = random.Random(seed).randrange
            calls = every_call(shared, file, array, choose)
            while time.monotonic() < end:
                try:
                    calls[choose(len(calls))](shared[0])
                except (ValueError, IndexError, BufferError) as error:
                    if not any(words in str(error) for words in EXPECTED):
                        wrong.append(error)
            done.append(seed)

        interval = sys.getswitchinterval()
        sys.setswitchinterval(1e-5)
        faulthandler.dump_traceback_later(60 * SECONDS, exit=True)
        try:
            threads = [threading.Thread(target=work, args=(seed,)) for seed in range(8)]
            for thread in threads:
                thread.start()
            for thread in threads:
                thread.join()
        finally:
            faulthandler.cancel_dump_traceback_later()
            sys.setswitchinterval(interval)
        assert sorted(done) == list(range(8)) and wrong == []
        shared[0].close()
