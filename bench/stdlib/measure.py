"""Measures the stdlib module and ironmap in turn, and prints JSON lines.

    python measure.py quick|full PATH [ONLY]

``ONLY`` passes over the rows without it in their group or statement.
"""

import json
import mmap
import os
import statistics
import sys
import tempfile
import timeit

from rows import GIB, MIB, Row, largest_written, pathological_size, rows
from world import file_opener, pathological, world

import ironmap

SECONDS = {"quick": 0.15, "full": 1.0}
FEWEST = 3
MOST = {"quick": 9, "full": 15}
# Bytes of the file of lines that the rows use.
LEAST = {"quick": 256 * MIB, "full": GIB}


def measured(row: Row, worlds: list[dict[str, object]], form: str) -> dict[str, object]:
    statements = [row.theirs or row.statement, row.statement]
    timers = [
        timeit.Timer(statement, globals=world)
        for statement, world in zip(statements, worlds, strict=True)
    ]
    for timer in timers:
        timer.timeit(1)
    once = sum(timer.timeit(1) for timer in timers)
    count = min(max(int(SECONDS[form] / once), FEWEST), MOST[form])
    number = max(1, int(SECONDS[form] / count / once))
    each = number * row.times
    # Each round measures both, because the speed of the machine changes.
    rounds = [[timer.timeit(number) / each * 1e9 for timer in timers] for _ in range(count)]
    theirs, ours = zip(*rounds, strict=True)
    ratios = sorted(b / a for a, b in rounds)
    return {
        "group": row.group,
        "statement": row.statement,
        "beside": row.theirs or "stdlib",
        "goal": row.goal,
        "floor": row.floor,
        "size": row.size,
        "theirs": statistics.median(theirs),
        "ours": statistics.median(ours),
        "their_fastest": min(theirs),
        "our_fastest": min(ours),
        "ratio": statistics.median(ratios),
        "spread": (ratios[len(ratios) // 4], ratios[-1 - len(ratios) // 4]),
    }


def main() -> None:
    form, path, *only = sys.argv[1:]
    full = form == "full"
    size = os.path.getsize(path)
    if size < LEAST[form]:
        sys.exit(f"{path} has {size} bytes; {form} wants a file of {LEAST[form]} bytes or more")
    with (
        open(path, "r+b", buffering=0) as file,
        tempfile.TemporaryFile(dir=os.path.dirname(path)) as written,
        tempfile.TemporaryDirectory(dir=os.path.dirname(path)) as folder,
    ):
        while file.read(MIB):
            pass  # So that every page is in memory.
        written.truncate(largest_written(full))
        cases = pathological(pathological_size(full))
        files = file.fileno(), written.fileno()
        worlds = [world(module, *files, cases) for module in (mmap, ironmap)]
        open_file = file_opener(folder)
        for own, module in zip(worlds, (mmap, ironmap), strict=True):
            own |= {"path": path, "open_file": open_file}
            with tempfile.TemporaryFile(dir=os.path.dirname(path)) as grows:
                grows.truncate(MIB)
                own["grows"] = module.mmap(grows.fileno(), 0)
        for row in rows(full):
            if all(word in row.group or word in row.statement for word in only):
                print(json.dumps(measured(row, worlds, form)), flush=True)


if __name__ == "__main__":
    main()
