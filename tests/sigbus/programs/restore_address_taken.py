"""A restore fails halfway and other memory gets the addresses: it is not touched or unmapped."""

import errno

import interposed
from prelude import PAGE, cut_map, expect, fault_of, loaded, survived

calls = interposed.library()
for lent in (False, True):
    file, m = cut_map(8, keep=3 * PAGE)
    if lent:
        memoryview(m).release()
    with interposed.failing_moves(interposed.TAKE, errno.ENOMEM):
        fault_of("read", lambda: m[5 * PAGE])
    taken = calls.last_taken()
    expect(m.closed, "the map is open")
    try:
        m[0]
        closed = None
    except ValueError as error:
        closed = str(error)
    expect(closed == "mmap closed or invalid", f"a closed map says {closed}")
    m.close()
    del m
    expect(loaded(taken, 5 * PAGE) == b"\7" * 5 * PAGE, "the other memory was touched")
file, m = cut_map(4)
fault_of("a map made later", lambda: m[0])
survived()
