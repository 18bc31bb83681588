"""os.kill while the map of a whole file is alive."""

from prelude import dies, new_map, os, signal

file, m = new_map()
dies(lambda: os.kill(os.getpid(), signal.SIGBUS))
