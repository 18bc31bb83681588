"""A signal handler resizes and closes maps during other operations."""

import itertools
import signal

from prelude import PAGE, new_map, notes, survived, wrong

m = new_map(64)
sizes = itertools.cycle([PAGE, 64 * PAGE, 7])
handled = 0


def handler(number, frame):
    global m, handled
    handled += 1
    try:
        m.resize(next(sizes))
        if handled % 50 == 0:
            m.close()
            m = new_map(64)
    except (BufferError, ValueError):
        pass


signal.signal(signal.SIGPROF, handler)
signal.setitimer(signal.ITIMER_PROF, 0.001, 0.001)
while handled < 1000:
    try:
        if any(byte not in b"A\0" for byte in m[:200]):
            wrong("garbage")
        m.find(b"Z", 0)
        m[: len(m)] = b"A" * len(m)
        m.seek(0)
        m.read()
        sum(1 for _ in zip(m, range(100), strict=False))
    except (ValueError, IndexError):
        pass
signal.setitimer(signal.ITIMER_PROF, 0)
notes.append(f"{handled} signals")
survived()
