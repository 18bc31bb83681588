"""Measures the cost of the fault guard: the extension with it and without, in turn.

Both are loaded into one process; times are medians over interleaved rounds,
and the difference is the median of the rounds' differences. Run by
``make bench WHAT=guard``, which builds the second one with ``--cfg
ironmap_unguarded``.
"""

import importlib.machinery
import importlib.util
import statistics
import sys
import tempfile
import timeit
from types import ModuleType

ROUNDS = 41
SIZE = 1 << 20
STATEMENTS = {
    "m[1000]": 100_000,
    "m[1000] = 7": 100_000,
    "len(m)": 100_000,
    "m.seek(0)": 100_000,
    "m.seek(0); m.read(16)": 50_000,
    "m.seek(0); m.write(b'0123456789abcdef')": 50_000,
    "m[1000:1010]": 50_000,
    "m.find(b'x', 0, 200)": 50_000,
    "m.move(0, 100, 50)": 50_000,
    "M(fd, 4096).close()": 5_000,
    "M(fd, 4096, access=1).close()": 5_000,
}


def load(path: str) -> ModuleType:
    loader = importlib.machinery.ExtensionFileLoader("_ironmap", path)
    spec = importlib.util.spec_from_loader("_ironmap", loader)
    assert spec is not None
    module = importlib.util.module_from_spec(spec)
    loader.exec_module(module)
    return module


def main() -> None:
    guarded, unguarded = map(load, sys.argv[1:3])
    with tempfile.TemporaryFile() as file:
        file.truncate(SIZE)
        fd = file.fileno()
        names = [
            {"m": module.mmap(fd, SIZE), "M": module.mmap, "fd": fd}
            for module in (guarded, unguarded)
        ]
        print(f"Python {sys.version.split()[0]}")
        print(f"{'':42}{'guarded ns':>11}{'unguarded':>11}{'difference':>12}")
        for statement, number in STATEMENTS.items():
            timers = [timeit.Timer(statement, globals=each) for each in names]
            rounds = [
                [timer.timeit(number) / number * 1e9 for timer in timers] for _ in range(ROUNDS)
            ]
            with_it, without = (statistics.median(column) for column in zip(*rounds, strict=True))
            difference = statistics.median(a - b for a, b in rounds)
            print(f"{statement:42}{with_it:11.1f}{without:11.1f}{difference:12.2f}")


if __name__ == "__main__":
    main()
