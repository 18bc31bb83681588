"""The first half of a file stays right, before and after faults in the second."""

from prelude import PAGE, check_intact, cut_map, must_fault, survived

file, m = cut_map(keep=2 * PAGE)
check_intact(m, file)
must_fault("behind", m, lambda: m[3 * PAGE], 3 * PAGE, 2 * PAGE)
check_intact(m, file)
must_fault("across", m, lambda: m[PAGE : 3 * PAGE], 2 * PAGE, 2 * PAGE)
check_intact(m, file)
survived()
