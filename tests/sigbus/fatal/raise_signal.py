"""signal.raise_signal while every mapped file is whole, after a fault too."""

from prelude import cut_map, dies, grow, must_fault, signal

file, m = cut_map()
must_fault("item", m, lambda: m[0], 0, 0)
grow(m, file)
dies(lambda: signal.raise_signal(signal.SIGBUS))
