"""Two ways to build the class, and the stdlib's, in turn in one process.

Prints for each statement the stdlib module's time, and the other two as
multiples of it: medians over interleaved rounds. Run by ``make bench-class``.
"""

import importlib
import mmap
import statistics
import sys
import timeit

import ironmap

SIZE = 1 << 20
ROUNDS = 25
STATEMENTS = {
    "m[1000]": 100_000,
    "len(m)": 100_000,
    "m.tell()": 100_000,
    "m.seek(0)": 100_000,
    "m.seek(0); m.read(16)": 50_000,
    "for b in m: pass": 1,
}


def main() -> None:
    by_pymethods = importlib.import_module("by_pymethods")
    maps = {
        "stdlib": mmap.mmap(-1, SIZE),
        "ironmap": ironmap.mmap(-1, SIZE),
        "pymethods": by_pymethods.mmap(-1, SIZE),
    }
    print(f"Python {sys.version.split()[0]}")
    print(f"{'':24}{'stdlib ns':>14}{'ironmap':>10}{'pymethods':>11}")
    for statement, number in STATEMENTS.items():
        times: dict[str, list[float]] = {name: [] for name in maps}
        for _ in range(ROUNDS):
            for name, m in maps.items():
                timer = timeit.Timer(statement, globals={"m": m})
                times[name].append(timer.timeit(number) / number)
        stdlib = times["stdlib"]
        ratios = [
            statistics.median(a / b for a, b in zip(times[name], stdlib))
            for name in ("ironmap", "pymethods")
        ]
        print(f"{statement:24}{statistics.median(stdlib) * 1e9:14.1f}"
              f"{ratios[0]:10.2f}{ratios[1]:11.2f}")


if __name__ == "__main__":
    main()
