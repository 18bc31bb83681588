"""signal.raise_signal when the map of the file that is too short is closed."""

from prelude import cut_map, dies, must_fault, signal

file, m = cut_map()
must_fault("item", m, lambda: m[0], 0, 0)
m.close()
dies(lambda: signal.raise_signal(signal.SIGBUS))
