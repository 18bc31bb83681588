"""os.kill while the file of a map is whole."""

from prelude import dies, new_map, os, signal

file, m = new_map()
dies(lambda: os.kill(os.getpid(), signal.SIGBUS))
