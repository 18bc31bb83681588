"""A fault in another library's memory at an address that a resize has given up."""

import foreign
from prelude import PAGE, dies, must_fault, new_map, os

file, m = new_map()
address = foreign.start_of(file)
m.resize(PAGE)
os.ftruncate(file.fileno(), 0)
must_fault("item", m, lambda: m[0], 0, 0)
foreign.cut_mapping(1, address + 3 * PAGE)
dies(lambda: foreign.load(address + 3 * PAGE))
