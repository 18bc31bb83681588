"""A thread that has blocked SIGBUS dies of any fault."""

from prelude import cut_map, dies, expect, ironmap, signal

file, m = cut_map()
signal.pthread_sigmask(signal.SIG_BLOCK, [signal.SIGBUS])
expect(ironmap.fault_guard() == "blocked", ironmap.fault_guard())
dies(lambda: m[0], tracebacks=0)
