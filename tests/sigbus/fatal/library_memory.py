"""A fault in memory that another library has mapped."""

import foreign
from prelude import dies, new_map

file, m = new_map()
address = foreign.cut_mapping(1)
dies(lambda: foreign.load(address))
