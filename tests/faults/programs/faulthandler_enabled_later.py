"""faulthandler takes SIGBUS over after the map was made."""

from prelude import cut_map, faulthandler, grow, must_fault, os, survived

faulthandler.disable()
file, m = cut_map()
faulthandler.enable(file=open(os.devnull, "w"))
must_fault("item", m, lambda: m[0], 0, 0)
must_fault("slice", m, lambda: m[:], 0, 0)
grow(m, file)
survived()
