"""Maps are made until the kernel refuses: an exception, and all maps are intact.

Windows refuses only when memory is used up, so fewer maps are made there.
"""

from prelude import PAGE, WINDOWS, attempt, mmap, notes, survived, wrong

maps = []


def fill():
    for _ in range(1_000 if WINDOWS else 200_000):
        maps.append(mmap.mmap(-1, PAGE))


attempt("fill", fill)
for m in maps[-50:]:
    m[0] = 1
if any(m[:2] != b"\x01\x00" for m in maps[-50:]):
    wrong("maps share memory")
notes.append(f"{len(maps)} maps")
maps.clear()
mmap.mmap(-1, PAGE).close()
survived()
