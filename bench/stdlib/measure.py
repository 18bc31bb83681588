"""One interpreter's part: the stdlib module and ironmap in turn, as JSON lines.

    python measure.py quick|full PATH
"""

import json
import mmap
import statistics
import sys
import timeit
from types import ModuleType

import ironmap
from rows import CONSTANTS, MIB, Row, rows

SECONDS = {"quick": 0.8, "full": 2.0}
ROUNDS = {"quick": 9, "full": 15}


def names(module: ModuleType, fd: int) -> dict[str, object]:
    return CONSTANTS | {
        "m": module.mmap(fd, 0),
        "M": module.mmap,
        "fd": fd,
        "small": module.mmap(-1, MIB),
    }


def measured(row: Row, worlds: list[dict[str, object]], form: str) -> dict[str, object]:
    timers = [timeit.Timer(row.statement, globals=world) for world in worlds]
    once = max(timer.timeit(1) for timer in timers)
    number = max(1, int(SECONDS[form] / (2 * ROUNDS[form]) / max(once, 1e-7)))
    each = number * row.times
    # Both anew in every round: the machine is never the same for long.
    rounds = [[timer.timeit(number) / each * 1e9 for timer in timers] for _ in range(ROUNDS[form])]
    stdlib, own = zip(*rounds)
    ratios = sorted(b / a for a, b in rounds)
    return {
        "group": row.group,
        "statement": row.statement,
        "goal": row.goal,
        "size": row.size,
        "stdlib": statistics.median(stdlib),
        "ironmap": statistics.median(own),
        "fastest": min(own),
        "ratio": statistics.median(ratios),
        "least": min(own) / min(stdlib),
        "spread": (ratios[len(ratios) // 4], ratios[-1 - len(ratios) // 4]),
    }


def main() -> None:
    form, path = sys.argv[1:]
    with open(path, "r+b") as file:
        while file.read(MIB):
            pass  # So that every page is in memory.
        worlds = [names(module, file.fileno()) for module in (mmap, ironmap)]
        for row in rows(form == "full"):
            print(json.dumps(measured(row, worlds, form)), flush=True)


if __name__ == "__main__":
    main()
