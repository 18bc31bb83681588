"""faulthandler, on since before the first map, is switched off: it takes ironmap's handler away with it."""

from prelude import dies, faulthandler, new_map, os

faulthandler.enable()
file, m = new_map()
m[0]
faulthandler.disable()
os.ftruncate(file.fileno(), 0)
dies(lambda: m[0])
