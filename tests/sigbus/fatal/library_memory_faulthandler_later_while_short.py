"""The same while a file of ours is short: the signal that faulthandler raises could be about it."""

import foreign
from prelude import cut_map, dies, faulthandler

faulthandler.disable()
file, m = cut_map()
faulthandler.enable()
address = foreign.cut_mapping(1)
dies(lambda: foreign.load(address))
