"""A fault in a thread with a small stack, which the handler must not overflow."""

from prelude import PAGE, cut_map, grow, in_threads, must_fault, survived

from stacks import use_small_stacks

file, m = cut_map(keep=PAGE)
use_small_stacks(64)
in_threads(lambda: must_fault("slice", m, lambda: m[:], PAGE, PAGE))
grow(m, file)
survived()
