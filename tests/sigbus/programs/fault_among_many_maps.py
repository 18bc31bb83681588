"""A fault costs the same with 10,000 maps as with one."""

import statistics
import time

from prelude import PAGE, expect, fault_of, ironmap, new_file, new_map, notes, os, survived

MAPS = 10_000
TRIES = 20


def cost(m, file):
    """Returns the thread's time for an undisturbed fault, in µs."""
    times = []
    for _ in range(300):
        os.ftruncate(file.fileno(), PAGE)
        begun = time.thread_time_ns()
        try:
            m[3 * PAGE]
        except ironmap.FaultError:
            times.append(time.thread_time_ns() - begun)
        os.ftruncate(file.fileno(), 4 * PAGE)
    expect(len(times) == 300, f"{len(times)} faults of 300")
    return statistics.quantiles(times, n=10)[0] / 1000


file, first = new_map()
alone = min(cost(first, file) for _ in range(3))
other = new_file(16)
# Sizes and distances of many kinds.
maps = [
    ironmap.mmap(other.fileno(), (1 + i % 16) * PAGE - i % 7, trackfd=False) for i in range(MAPS)
]
last = ironmap.mmap(file.fileno(), 0)
del maps[::3]
maps += [ironmap.mmap(other.fileno(), (1 + i % 5) * PAGE, trackfd=False) for i in range(MAPS // 3)]
figures = [f"{alone:.0f} us alone"]
for m in (first, last):
    # A search through all maps takes five times as long, each time. A measurement that other
    # processes have disturbed is repeated.
    for _ in range(TRIES):
        among = cost(m, file)
        if among < 2 * alone:
            break
    figures.append(f"{among:.0f} us among {len(maps)}")
    expect(among < 2 * alone, ", ".join(figures))

# Faults in other maps are counted in the right map.
os.ftruncate(other.fileno(), 0)
for m in maps[::97]:
    fault_of("getitem", lambda m=m: m[0])
    expect(m.faults == 1, f"{m.faults} faults")
expect(sum(m.faults for m in maps) == len(maps[::97]), "a fault was counted in another map")
notes[:] = figures
survived()
