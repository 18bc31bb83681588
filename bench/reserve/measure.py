"""Measures what closed maps pay for keeping exported addresses: `make bench WHAT=reserve`.

Makes a map of a sparse file, exports a buffer or not, closes the map and drops the object.
Prints the fastest of many times, in microseconds.
"""

import tempfile
import time

import ironmap

SIZES = {"64 KiB": 64 << 10, "64 MiB": 64 << 20, "1 GiB": 1 << 30, "16 GiB": 16 << 30}


def once(file, lend):
    """Returns the seconds that close() and the end of the object take."""
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
