"""A fault in another library's memory with a handler between two of ours that calls its predecessor."""

import foreign
from prelude import cut_map, dies, must_fault, new_map

file, m = new_map()
found = foreign.Handler(foreign.installed())
handler = foreign.install(lambda *arguments: found(*arguments))
other_file, other = cut_map()
must_fault("item", other, lambda: other[0], 0, 0)
address = foreign.cut_mapping(1)
dies(lambda: foreign.load(address))
