"""Another process sends the signal."""

from prelude import cut_map, dies, in_child, os, signal

file, m = cut_map()
parent = os.getpid()
dies(lambda: in_child(lambda: os.kill(parent, signal.SIGBUS)))
