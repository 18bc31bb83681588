"""A fault in another library's memory with faulthandler enabled after the map was made."""

import foreign
from prelude import dies, faulthandler, new_map

faulthandler.disable()
file, m = new_map()
faulthandler.enable()
address = foreign.cut_mapping(1)
dies(lambda: foreign.load(address))
