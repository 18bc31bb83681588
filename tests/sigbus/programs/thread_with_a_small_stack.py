"""A fault in a thread with a 64 KiB stack, which the handler must not overflow."""

from prelude import PAGE, cut_map, grow, in_threads, must_fault, survived, threading

file, m = cut_map(keep=PAGE)
threading.stack_size(64 * 1024)
in_threads(lambda: must_fault("slice", m, lambda: m[:], PAGE, PAGE))
grow(m, file)
survived()
