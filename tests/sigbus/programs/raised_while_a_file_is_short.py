"""raise_signal(SIGBUS) is swallowed only while a mapped file is short, as documented."""

from prelude import cut_map, expect, grow, in_child, os, signal, survived


def raised():
    signal.raise_signal(signal.SIGBUS)


file, m = cut_map()
expect(in_child(raised) == 0, "the signal was not swallowed")
grow(m, file)
status = in_child(raised)
expect(os.WIFSIGNALED(status) and os.WTERMSIG(status) == signal.SIGBUS, "the signal was swallowed")
survived()
