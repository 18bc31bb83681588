"""RLIMIT_AS below the use: nothing can be mapped, and faults are still errors."""

import resource

import limits
from prelude import (
    PAGE,
    check_intact,
    cut_map,
    expect,
    fault_of,
    grow,
    new_map,
    notes,
    os,
    survived,
)

maps = [cut_map(300, keep=PAGE, access=1 + i % 2) for i in range(8)]
file, private = new_map(8, access=3)
private[:5] = b"mine!"
os.ftruncate(file.fileno(), PAGE)
with limits.limit_below_use(resource.RLIMIT_AS):
    for _, m in maps:
        for page in (299, 5, 77, 298):
            fault_of("read", lambda: m[page * PAGE])
        fault_of("find", lambda: m.find(b"\xff", 0))
    fault_of("private", lambda: private[5 * PAGE])
    changed = private[:5]
expect(changed == b"mine!", f"a private change is {changed}")
for file, m in maps:
    check_intact(m, file)
    grow(m, file)
notes.append(f"{sum(m.faults for _, m in maps)} faults")
survived()
