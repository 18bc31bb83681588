"""3,000 maps at once: each has its own damage, and new maps have none."""

import limits
from prelude import (
    PAGE,
    check_error,
    content,
    expect,
    fault_of,
    ironmap,
    new_file,
    notes,
    os,
    survived,
)

limits.allow_descriptors(3100)
file = new_file(4)
maps = [ironmap.mmap(file.fileno(), 0) for _ in range(3000)]
os.ftruncate(file.fileno(), PAGE)
for m in maps[::3]:
    check_error("slice", fault_of("slice", lambda m=m: m[5:]), PAGE, PAGE)
expect([m.faults for m in maps] == [1, 0, 0] * 1000, "a fault was counted in the wrong map")
for m in maps[::2]:
    m.close()
del maps[::2]
maps += [ironmap.mmap(file.fileno(), 0) for _ in range(1500)]
expect(sum(m.faults for m in maps) == 500, "a new map has faults of an old one")
os.pwrite(file.fileno(), content(4 * PAGE, 1), 0)
expect(
    all(m[:] == content(len(m), 1) for m in maps),
    "a map does not show the file that has grown again",
)
notes[:] = [f"{len(notes)} faults"]
survived()
