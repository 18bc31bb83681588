"""signal.raise_signal after the map of the short file was closed."""

from prelude import cut_map, dies, must_fault, signal

file, m = cut_map()
must_fault("item", m, lambda: m[0], 0, 0)
m.close()
dies(lambda: signal.raise_signal(signal.SIGBUS))
