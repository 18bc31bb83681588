"""At the limit of areas each fault is an error, intact pages stay, and the file comes back."""

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

maps = [cut_map(8, keep=3 * PAGE) for _ in range(20)]
private_file, private = new_map(8, access=3)
private[:5] = b"mine!"
os.ftruncate(private_file.fileno(), 3 * PAGE)
with limits.no_area_left():
    for file, m in maps:
        fault_of("read", lambda: m[7 * PAGE])
        fault_of("store", lambda: m.__setitem__(5 * PAGE, 1))
    fault_of("private", lambda: private[7 * PAGE])
    kept = [m[3 * PAGE - 1] for _, m in maps]
    changed = private[:5]
expect(changed == b"mine!", f"a private change is {changed}")
expect(len(set(kept)) == 1, "sound pages differ")
for file, m in maps:
    check_intact(m, file)
    grow(m, file)
notes.append(f"{sum(m.faults for _, m in maps)} faults")
survived()
