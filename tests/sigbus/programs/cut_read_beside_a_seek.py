"""A read that fails restores its position, unless another thread has moved it meanwhile."""

import time

from prelude import PAGE, check_error, expect, fault_of, ironmap, survived, tempfile, threading

SIZE = 256 << 20
TRIES = 20


def fails(read):
    """Runs a read that fails; returns whether the position was moved meanwhile."""
    file = tempfile.TemporaryFile()
    file.truncate(SIZE)
    m = ironmap.mmap(file.fileno(), 0)
    file.truncate(SIZE - PAGE)
    m.seek(5)
    errors = []
    reader = threading.Thread(target=lambda: errors.append(fault_of("read", lambda: read(m))))
    reader.start()
    while m.tell() == 5 and reader.is_alive():
        time.sleep(0.0005)
    moved = m.tell() == SIZE
    if moved:
        m.seek(7)
    reader.join()
    check_error("read", errors[0], SIZE - PAGE, SIZE - PAGE)
    expect(m.tell() == (7 if moved else 5), f"the position is {m.tell()}")
    m.close()
    return moved


target = bytearray(SIZE)
for read in (lambda m: m.read(), lambda m: m.readinto(target)):
    expect(any(fails(read) for _ in range(TRIES)), "no seek came in time")
survived()
