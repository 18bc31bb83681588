"""At the limit of areas eight threads fault at once."""

import limits
from prelude import PAGE, cut_map, expect, fault_of, grow, in_threads, os, survived, threading

maps = [cut_map(8, keep=2 * PAGE) for _ in range(8)]
# A thread that ended at the limit could not give its stack back, of which Python 3.15 dies.
ready, at_limit, done, over = (threading.Barrier(9) for _ in range(4))
ROUNDS = 3


def fault(file, m):
    def run():
        for _ in range(ROUNDS):
            ready.wait()
            at_limit.wait()
            for page in (7, 6, 5):
                fault_of("read", lambda: m[page * PAGE])
            done.wait()
            over.wait()

    return run


def limit():
    for _ in range(ROUNDS):
        ready.wait()
        with limits.no_area_left():
            at_limit.wait()
            done.wait()
        over.wait()
        for file, m in maps:
            grow(m, file)
            os.ftruncate(file.fileno(), 2 * PAGE)
            fault_of("again", lambda: m[4 * PAGE])


in_threads(limit, *(fault(file, m) for file, m in maps))
expect(all(m.faults >= 2 * ROUNDS for _, m in maps), "no faults")
survived()
