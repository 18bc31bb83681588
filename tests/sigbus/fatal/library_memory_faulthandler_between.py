"""A fault in another library's memory with faulthandler between two of our handlers.

faulthandler, enabled after the first map, raises the signal again for us; a handler that
always delegated to it would loop forever.
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
