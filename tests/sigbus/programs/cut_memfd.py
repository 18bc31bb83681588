"""A memfd that another descriptor truncates."""

from prelude import PAGE, content, expect, grow, ironmap, must_fault, os, skipped, survived

if not hasattr(os, "memfd_create"):
    skipped("the system has no memfds")

file = open(os.memfd_create("shared"), "w+b")
os.ftruncate(file.fileno(), 4 * PAGE)
m = ironmap.mmap(file.fileno(), 4 * PAGE)
m[:] = content(4 * PAGE)
os.ftruncate(file.fileno(), PAGE)
must_fault("read", m, lambda: m[:], PAGE, PAGE)
must_fault("store", m, lambda: m.__setitem__(PAGE, 1), PAGE, PAGE)
expect(m[:PAGE] == content(PAGE), "wrong bytes in the part that is left")
grow(m, file)
survived()
