"""os.kill after the map has survived a fault, its file still being too short."""

from prelude import cut_map, dies, must_fault, os, signal

file, m = cut_map()
must_fault("item", m, lambda: m[0], 0, 0)
dies(lambda: os.kill(os.getpid(), signal.SIGBUS))
