"""os.kill after a survived fault, while the file is still short."""

from prelude import cut_map, dies, must_fault, os, signal

file, m = cut_map()
must_fault("item", m, lambda: m[0], 0, 0)
dies(lambda: os.kill(os.getpid(), signal.SIGBUS))
