"""A fault in another library's memory with a C handler below and above ours that resets and raises."""

import foreign
from compiled import library
from prelude import cut_map, dies, faulthandler, ironmap, must_fault

faulthandler.disable()
handler = library("resetting_handler")
handler.install_resetting()
file, m = cut_map()
handler.install_resetting()
ironmap.ensure_fault_guard()
must_fault("item", m, lambda: m[0], 0, 0)
address = foreign.cut_mapping(1)
dies(lambda: foreign.load(address), tracebacks=0)
