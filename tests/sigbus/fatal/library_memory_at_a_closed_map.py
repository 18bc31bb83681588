"""A fault in another library's memory at the former address of a closed map."""

import foreign
from prelude import PAGE, dies, must_fault, new_map, os

file, m = new_map()
address = foreign.start_of(file)
os.ftruncate(file.fileno(), 0)
must_fault("item", m, lambda: m[0], 0, 0)
m.close()
foreign.cut_mapping(4, address)
dies(lambda: foreign.load(address + PAGE))
