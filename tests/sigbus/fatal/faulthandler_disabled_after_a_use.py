"""faulthandler, enabled before the first map, is disabled: that removes ironmap's handler, too."""

from prelude import dies, faulthandler, new_map, os

faulthandler.enable()
file, m = new_map()
m[0]
faulthandler.disable()
os.ftruncate(file.fileno(), 0)
dies(lambda: m[0])
