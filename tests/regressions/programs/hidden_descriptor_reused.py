"""A daemon closes all descriptors and opens a file, which gets the number of the map's."""

import os

from prelude import PAGE, attempt, mmap, new_file, notes, survived, wrong

before = set(os.listdir("/proc/self/fd"))
file = new_file(4)
m = mmap.mmap(file.fileno(), 4 * PAGE)
mine = os.fstat(file.fileno())


def names_my_file(fd):
    try:
        status = os.fstat(fd)
    except OSError:
        return False
    return fd != file.fileno() and (status.st_dev, status.st_ino) == (mine.st_dev, mine.st_ino)


hidden = [fd for fd in map(int, set(os.listdir("/proc/self/fd")) - before) if names_my_file(fd)]
for fd in hidden:
    os.close(fd)
victim = new_file(2)
for fd in hidden:
    os.dup2(victim.fileno(), fd)
notes.append(f"hidden: {hidden}")
attempt("size", m.size, lambda size: size == 4 * PAGE)
attempt("resize", lambda: m.resize(PAGE))
if os.fstat(victim.fileno()).st_size != 2 * PAGE:
    wrong(f"resize cut an unrelated file to {os.fstat(victim.fileno()).st_size} bytes")
attempt("m[0]", lambda: m[0], lambda byte: byte == 65)
m.close()
for fd in hidden:
    if isinstance(attempt(f"fstat({fd})", lambda: os.fstat(fd).st_size), OSError):
        wrong("close() closed a descriptor of other code")
survived()
