"""A fault in another library's memory after faulthandler was disabled."""

import foreign
from prelude import dies, faulthandler, new_map

faulthandler.enable()
file, m = new_map()
faulthandler.disable()
address = foreign.cut_mapping(1)
dies(lambda: foreign.load(address))
