"""Forked children fault on maps from before and after the fork, without an effect on the parent."""

from prelude import (
    PAGE,
    check_intact,
    cut_map,
    expect,
    grow,
    in_surviving_child,
    must_fault,
    new_map,
    os,
    survived,
)

file, m = new_map()


def child():
    os.ftruncate(file.fileno(), PAGE)
    must_fault("child", m, lambda: m[:], PAGE, PAGE)
    check_intact(m, file)
    other_file, other = cut_map()
    must_fault("map of the child", other, lambda: other[0], 0, 0)
    grow(m, file)


in_surviving_child(child)
expect(m.faults == 0, "a child's fault was counted here")
grow(m, file, 2)
os.ftruncate(file.fileno(), 0)
must_fault("parent", m, lambda: m[:], 0, 0)
in_surviving_child(lambda: must_fault("child of one who faulted", m, lambda: m[:], 0, 0))
grow(m, file, 3)
survived()
