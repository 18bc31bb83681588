"""SIGBUS set to SIG_IGN after the last map was made: its first use takes the signal back."""

from prelude import cut_map, grow, must_fault, signal, survived

file, m = cut_map()
signal.signal(signal.SIGBUS, signal.SIG_IGN)
must_fault("item", m, lambda: m[0], 0, 0)
grow(m, file)
survived()
