"""A child closes its copy; the parent's map stays usable and shared."""

from prelude import PAGE, in_child, mmap, notes, survived, wrong

m = mmap.mmap(-1, PAGE)
m[0] = 1


def child():
    m[1] = 2
    m.close()


in_child(child)
if m[:2] != b"\x01\x02":
    wrong("the parent does not see the child's store")
m.close()
notes.append("the shared map is whole")
survived()
