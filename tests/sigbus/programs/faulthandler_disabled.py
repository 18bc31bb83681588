"""faulthandler, disabled after the first map, removes our handler: a new map installs it again."""

from prelude import cut_map, faulthandler, grow, must_fault, survived

faulthandler.enable()
file, m = cut_map()
faulthandler.disable()
other_file, other = cut_map()
must_fault("new map", other, lambda: other[0], 0, 0)
must_fault("old map", m, lambda: m[0], 0, 0)
grow(other, other_file)
grow(m, file)
survived()
