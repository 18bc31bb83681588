"""os.kill with faulthandler between two of our handlers: it raises the signal again for the lower."""

from prelude import cut_map, dies, faulthandler, must_fault, new_map, os, signal

faulthandler.disable()
file, m = new_map()
faulthandler.enable()
other_file, other = cut_map()
must_fault("item", other, lambda: other[0], 0, 0)
dies(lambda: os.kill(os.getpid(), signal.SIGBUS))
