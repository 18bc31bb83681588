"""A fault of another library's memory at the address of a map that is closed."""

import ctypes

import foreign
from prelude import PAGE, dies, must_fault, new_map, os

file, m = new_map()
anchor = ctypes.c_char.from_buffer(m)
address = ctypes.addressof(anchor)
del anchor
os.ftruncate(file.fileno(), 0)
must_fault("item", m, lambda: m[0], 0, 0)
m.close()
foreign.cut_mapping(4, address)
dies(lambda: foreign.load(address + PAGE))
