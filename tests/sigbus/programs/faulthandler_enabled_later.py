"""faulthandler replaces our handler after the map was made, and restores it when it is disabled."""

from prelude import cut_map, expect, faulthandler, grow, ironmap, must_fault, os, survived

faulthandler.disable()
file, m = cut_map()
faulthandler.enable(file=open(os.devnull, "w"))
must_fault("item", m, lambda: m[0], 0, 0)
must_fault("slice", m, lambda: m[:], 0, 0)
grow(m, file)
faulthandler.enable(file=open(os.devnull, "w"))
faulthandler.disable()
expect(ironmap.fault_guard() == "active", ironmap.fault_guard())
os.ftruncate(file.fileno(), 0)
must_fault("switched off", m, lambda: m[0], 0, 0)
grow(m, file)
survived()
