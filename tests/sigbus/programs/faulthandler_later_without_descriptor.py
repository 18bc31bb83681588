"""faulthandler above our handler, and a map of a file of unknown size."""

from prelude import cut_map, faulthandler, must_fault, survived

faulthandler.disable()
file, m = cut_map(trackfd=False)
faulthandler.enable()
must_fault("item", m, lambda: m[0], 0, None)
survived()
