"""Searches, copies and resizes on the smallest stack that a thread may have."""

import threading

from prelude import PAGE, attempt, new_map, notes, survived

from stacks import use_small_stacks

try:
    use_small_stacks(32)
except ValueError:
    # Python 3.15 refuses less.
    use_small_stacks(52)
m = new_map(4000)


def work():
    m.find(b"B" * 100_000, 0)
    m.rfind(b"AB", 0)
    m[:] = m[::-1]
    m.move(0, 1, len(m) - 1)
    m.flush()
    m.resize(2 * PAGE)
    notes.append("done")


thread = threading.Thread(target=lambda: attempt("work", work))
thread.start()
thread.join()
survived()
