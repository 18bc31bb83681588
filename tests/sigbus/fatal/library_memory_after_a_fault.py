"""A fault in another library's memory while a file of ours is short."""

import foreign
from prelude import cut_map, dies, must_fault

file, m = cut_map()
must_fault("item", m, lambda: m[0], 0, 0)
address = foreign.cut_mapping(1)
dies(lambda: foreign.load(address))
