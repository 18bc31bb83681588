"""What it costs that closed maps keep the addresses they have lent: `make bench-reserve`.

A map of a sparse file is made, lends its memory or does not, and is closed; then its
object goes. The fastest of many is printed, in microseconds.
"""

import tempfile
import time

import ironmap

SIZES = {"64 KiB": 64 << 10, "64 MiB": 64 << 20, "1 GiB": 1 << 30, "16 GiB": 16 << 30}


def once(file, lend):
    """The seconds that close() and the object's end take."""
    m = ironmap.mmap(file.fileno(), 0)
    if lend:
        memoryview(m).release()
    start = time.perf_counter()
    m.close()
    closed = time.perf_counter()
    del m
    return closed - start, time.perf_counter() - closed


def fastest(file, lend):
    times = [once(file, lend) for _ in range(200)]
    return [min(column) * 1e6 for column in zip(*times, strict=True)]


print(f"{'':10}{'not lent':>22}{'lent':>22}\n{'':10}" + f"{'close':>11}{'end':>11}" * 2)
for name, size in SIZES.items():
    with tempfile.TemporaryFile() as file:
        file.truncate(size)
        figures = fastest(file, False) + fastest(file, True)
    print(f"{name:10}" + "".join(f"{figure:11.1f}" for figure in figures))
