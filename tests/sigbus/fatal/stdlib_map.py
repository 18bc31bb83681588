"""A fault in a map of the stdlib module, with a map of ours in the process."""

import mmap

from prelude import cut_map, dies, must_fault, new_file, os

file, m = cut_map()
must_fault("item", m, lambda: m[0], 0, 0)
other = new_file()
unguarded = mmap.mmap(other.fileno(), 0)
os.ftruncate(other.fileno(), 0)
dies(lambda: unguarded[0])
