"""Program: arguments and results longer than the memory left, each in its own child:
MemoryError or a result, and no signal."""

import os
import resource
import sys

import ironmap

MIB = 1 << 20
LONG = b"x" * (100 * MIB)
ARRAY = bytearray(LONG)
m = ironmap.mmap(-1, 300 * MIB, flags=ironmap.MAP_PRIVATE | ironmap.MAP_ANONYMOUS)
m[: len(LONG)] = LONG


def numbers(count):
    return (b"%d-" % i * 40 for i in range(count))


def started(iterator):
    """Returns a function that takes a step, which copies the needle."""
    return lambda: next(iterator, None)


# The MiB that can still be allocated, and the operation.
CASES = {
    "find": (50, lambda: m.find(ARRAY)),
    "index": (50, lambda: m.index(ARRAY)),
    "count": (50, lambda: m.count(ARRAY)),
    "startswith": (50, lambda: m.startswith(ARRAY)),
    "slice": (50, lambda: m[: len(LONG)]),
    "stride": (50, lambda: m[: 2 * len(LONG) : 2]),
    "set stride of itself": (
        50,
        lambda: m.__setitem__(slice(0, 200 * MIB, 2), memoryview(m)[: 100 * MIB]),
    ),
    "read": (50, lambda: m.read()),
    "readline": (50, lambda: m.readline()),
    "lines": (50, lambda: next(m.lines())),
    "bytes": (50, lambda: bytes(m)),
    "find_any of one": (50, lambda: m.find_any([LONG])),
    "find_any of one, copied": (150, lambda: m.find_any([LONG])),
    "find_any of many": (50, lambda: m.find_any(numbers(40_000))),
    "find_any of copies": (50, lambda: m.find_any(b"x" for _ in range(2_000_000))),
    "find_all, made": (50, lambda: m.find_all(LONG)),
    "find_all, next": (50, started(m.find_all(LONG))),
    "find_all, overlapping": (50, started(m.find_all(LONG, overlapping=True))),
    "find_all, every place": (1, lambda: sum(1 for _ in m.find_all(b"x"))),
    "resident": (0, lambda: m.resident(pages=True)),
    "count without threads": (0, lambda: m.count(b"\0")),
    "find_all without threads": (0, lambda: list(m.find_all(b"x\0"))),
    "set_name": (50, lambda: m.set_name(LONG.decode())),
    "keyword": (50, lambda: m.lines(**{LONG.decode(): 1})),
    "class": (50, lambda: m.count(type(LONG.decode(), (), {})())),
}


def in_child(more, work):
    child = os.fork()
    if child:
        return os.waitpid(child, 0)[1]
    with open("/proc/self/statm") as statm:
        used = int(statm.read().split()[0]) * resource.getpagesize()
    resource.setrlimit(resource.RLIMIT_AS, (used + more * MIB + (64 << 10), resource.RLIM_INFINITY))
    try:
        work()
    except (MemoryError, TypeError, ValueError):
        pass
    os._exit(0)


for name, (more, work) in CASES.items():
    if status := in_child(more, work):
        print(f"{name}: {status}")
sys.stdout.write("survived\n")
