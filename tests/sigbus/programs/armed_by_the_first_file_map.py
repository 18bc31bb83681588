"""Import, anonymous maps and sealed memfds leave SIGBUS alone; the first map of a file takes it."""

import fcntl
import platform

import foreign
from prelude import PAGE, cut_map, expect, ironmap, must_fault, os, skipped, survived

if platform.machine() != "x86_64":
    skipped("knows the layout of struct sigaction on x86-64 only")

if not hasattr(os, "memfd_create"):
    skipped("the system has no memfds")

before = foreign.installed()
anonymous = ironmap.mmap(-1, PAGE)
anonymous[:] = b"A" * PAGE
anonymous.resize(1)
fd = os.memfd_create("sealed", os.MFD_ALLOW_SEALING)
os.ftruncate(fd, PAGE)
fcntl.fcntl(fd, fcntl.F_ADD_SEALS, fcntl.F_SEAL_SHRINK)
sealed = ironmap.mmap(fd, PAGE)
sealed[:] = b"S" * PAGE
expect(foreign.installed() == before, "SIGBUS was taken for maps that cannot fault")
expect((sealed.faults, anonymous.faults) == (0, 0), "faults were counted")
file, m = cut_map()
expect(foreign.installed() != before, "SIGBUS was not taken for the map of a file")
must_fault("item", m, lambda: m[0], 0, 0)
survived()
