"""madvise with odd ranges, and advice that drops pages."""

import sys

from prelude import PAGE, attempt, mmap, new_map, survived, wrong

ENDS = [
    0,
    1,
    PAGE - 1,
    PAGE,
    3 * PAGE,
    4 * PAGE,
    4 * PAGE + 1,
    -1,
    sys.maxsize,
    -sys.maxsize - 1,
    1 << 64,
]
m = new_map(4)
for advice in ("NORMAL", "WILLNEED", "DONTNEED", "COLD", "PAGEOUT", "FREE", "DONTFORK", "DOFORK"):
    option = getattr(mmap, f"MADV_{advice}", None)
    for start in ENDS if option is not None else ():
        for length in ENDS:
            attempt(f"{advice} {start} {length}", lambda: m.madvise(option, start, length))
if m[:] != b"A" * (4 * PAGE):
    wrong("harmless advice changed a shared map")
# MADV_GUARD_INSTALL would make the next access a fatal SIGSEGV.
attempt("guard pages", lambda: m.madvise(102, 0, PAGE))
attempt("m[0]", lambda: m[0], lambda byte: byte == 65)
survived()
