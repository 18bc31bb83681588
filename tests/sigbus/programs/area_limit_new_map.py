"""At the limit of areas a new map is refused after the reserved areas were used."""

import errno

import limits
from prelude import PAGE, cut_map, expect, fault_of, ironmap, new_file, notes, survived

file, m = cut_map(8, keep=PAGE)
other = new_file()
with limits.no_area_left():
    fault_of("read", lambda: m[5 * PAGE])
    try:
        ironmap.mmap(other.fileno(), 0)
        refused = None
    except OSError as error:
        refused = error
expect(refused is not None and refused.errno == errno.ENOMEM, f"a new map: {refused!r}")
notes.append(str(refused))
n = ironmap.mmap(other.fileno(), 0)
expect(n[0] == 11, "no map after the limit")
survived()
