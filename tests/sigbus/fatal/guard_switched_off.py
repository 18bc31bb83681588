"""Without the guard a fault kills, as with the stdlib module."""

from prelude import cut_map, dies, ironmap

ironmap.disable_fault_guard()
file, m = cut_map()
dies(lambda: m[0])
