"""If only all of a private map can be covered, the error says that its changes are lost."""

import seccomp
from prelude import PAGE, expect, fault_of, ironmap, new_map, os, survived

file, m = new_map(8, access=ironmap.ACCESS_COPY)
m[:5] = b"mine!"
os.ftruncate(file.fileno(), 3 * PAGE)
seccomp.refuse_fixed_mappings_below(8 * PAGE)
error = fault_of("read", lambda: m[5 * PAGE])
expect("all private changes of the map are lost" in str(error), str(error))
# There is no room to show the file again, so the map stays damaged.
error = fault_of("where the change was", lambda: m[:5])
expect("all private changes of the map are lost" in str(error), str(error))
survived()
