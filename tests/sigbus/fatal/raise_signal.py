"""signal.raise_signal while all mapped files are whole, after a fault."""

from prelude import cut_map, dies, grow, must_fault, signal

file, m = cut_map()
must_fault("item", m, lambda: m[0], 0, 0)
grow(m, file)
dies(lambda: signal.raise_signal(signal.SIGBUS))
