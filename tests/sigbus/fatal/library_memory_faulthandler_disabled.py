"""A fault of another library's memory when faulthandler was disabled after the map was made."""

import foreign
from prelude import dies, faulthandler, new_map

faulthandler.enable()
file, m = new_map()
faulthandler.disable()
address = foreign.cut_mapping(1)
dies(lambda: foreign.load(address))
