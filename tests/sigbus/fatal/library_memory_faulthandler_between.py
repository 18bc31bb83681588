"""A fault of another library's memory when faulthandler lies between two of our handlers.

faulthandler, enabled after the first map, gives the signal back to us; so a
handler that delegated to it without looking would do so for ever.
"""

import foreign
from prelude import cut_map, dies, faulthandler, must_fault, new_map

faulthandler.disable()
file, m = new_map()
faulthandler.enable()
other_file, other = cut_map()
must_fault("item", other, lambda: other[0], 0, 0)
address = foreign.cut_mapping(1)
dies(lambda: foreign.load(address))
