"""A failed restore leaves zeros and the damage, and a later one succeeds."""

import errno

import interposed
from prelude import PAGE, check_intact, cut_map, expect, fault_of, grow, ironmap, survived

interposed.library()
REFUSALS = (
    ("the file refuses", lambda: interposed.failing_files(errno.EIO)),
    ("the move refuses", lambda: interposed.failing_moves(interposed.REFUSE, errno.ENOMEM)),
    ("the move has unmapped", lambda: interposed.failing_moves(interposed.UNMAP, errno.ENOMEM)),
)
for access in (ironmap.ACCESS_READ, ironmap.ACCESS_WRITE, ironmap.ACCESS_COPY):
    for label, refusal in REFUSALS:
        file, m = cut_map(8, keep=3 * PAGE, access=access)
        before = ironmap.mmap(file.fileno(), 0)
        with refusal():
            fault_of(f"{label}: read", lambda: m[5 * PAGE])
            fault_of(f"{label}: read again", lambda: m[5 * PAGE])
            fault_of(f"{label}: another page", lambda: m[7 * PAGE])
            expect(m[PAGE] == before[PAGE], f"{label}: sound pages differ")
        check_intact(m, file)
        if access == ironmap.ACCESS_WRITE:
            grow(m, file)
        m.close()
survived()
