"""What cannot be survived: a thread that has SIGBUS blocked dies of any fault."""

from prelude import cut_map, dies, signal

file, m = cut_map()
signal.pthread_sigmask(signal.SIG_BLOCK, [signal.SIGBUS])
dies(lambda: m[0], tracebacks=0)
