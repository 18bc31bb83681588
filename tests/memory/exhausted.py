"""Program: runs each operation in its own child without memory for even a small object: an
exception or a result, and no signal."""

import gc
import os
import pathlib
import resource
import sys
import tempfile

sys.path.insert(0, str(pathlib.Path(__file__).parents[1]))
from inject.operations import OPERATIONS, setting

SIZES = [*range(1, 520, 8), 600, 1000, 5000, 40_000]
ORDER = [*reversed(SIZES), *SIZES, *SIZES, *SIZES]
MIB = 1 << 20


def take_all_memory():
    """Allocates until the allocators have no room for one more object of any size."""
    kept = [None] * 500_000
    with open("/proc/self/statm") as statm:
        used = int(statm.read().split()[0]) * resource.getpagesize()
    resource.setrlimit(resource.RLIMIT_AS, (used + 2 * MIB, resource.RLIM_INFINITY))
    place = 0
    for size in ORDER:
        try:
            while True:
                kept[place] = bytes(size)
                place += 1
        except MemoryError:
            pass
    return kept


def in_child(name, folder):
    operation, make = OPERATIONS[name], setting(name)
    child = os.fork()
    if child:
        return os.waitpid(child, 0)[1]
    maps = make(folder)
    gc.disable()
    other = os.path.join(folder, "other")
    os.mkdir(other)
    try:
        # This makes what is made once.
        operation(make(other))
    except Exception:
        pass
    kept = take_all_memory()
    try:
        operation(maps)
    except Exception:
        pass
    del kept
    os._exit(0)


# glibc ends the process where a new thread finds no memory for its thread-local data.
for name in OPERATIONS:
    if name.endswith("by all cores"):
        continue
    with tempfile.TemporaryDirectory() as folder:
        if status := in_child(name, folder):
            print(f"{name}: {status}")
print("survived")
