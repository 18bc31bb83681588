"""Everyday jobs with ironmap, beside the usual tool: lines of code and time.

    PYTHONPATH=python target/interop/bin/python bench/jobs/compare.py [WORD…]

Measures the jobs with one of the words in their names, or all. The file is in memory, the ways
take turns, and must give the same answer. Two numbers are ironmap's and the other's: the lines of the
functions that a way has for itself, and the fastest rounds. The ratio is the median of the rounds'.
"""

import inspect
import os
import sys
import tempfile
import time
from collections.abc import Callable
from statistics import median
from typing import Any

import data
import logs

ROUNDS = 8

Function = Callable[..., Any]
# The function that does the job, and what it needs.
Way = tuple[Function, ...]

JOBS: dict[str, tuple[Function, dict[str, Way]]] = {
    "count a word in a log": (
        logs.write_log,
        {
            "ironmap": (logs.count_a_word,),
            "grep -c": (logs.count_by_grep,),
            "mmap": (logs.count_by_loop,),
        },
    ),
    "follow a growing log": (
        logs.write_log,
        {"ironmap": (logs.follow,), "lines of a file": (logs.follow_file,)},
    ),
    "offsets of all lines": (
        logs.write_log,
        {
            "ironmap": (logs.find_lines,),
            "mmap": (logs.find_lines_by_loop,),
            "numpy": (logs.find_lines_by_numpy,),
        },
    ),
    "a tensor of a safetensors file": (
        data.write_tensors,
        {
            "ironmap": (data.sum_tensor,),
            "load_file": (data.sum_tensor_of_all,),
            "safe_open": (data.sum_tensor_by_name,),
        },
    ),
    "a counter of two processes": (
        data.write_nothing,
        {
            "ironmap": (data.count_together, data.add),
            "Value": (data.count_by_value, data.add_to_value),
        },
    ),
    "records, by bisect": (
        data.write_records,
        {
            "ironmap": (data.find_records, data.Records),
            "mmap": (data.find_records_by_mmap, data.Records),
        },
    ),
    "a regular expression": (
        logs.write_log,
        {"ironmap": (logs.match_lines,), "re and mmap": (logs.match_map,)},
    ),
    "patch and replace": (
        logs.write_log,
        {"ironmap": (logs.patch,), "read and write": (logs.patch_copy,)},
    ),
    "lines, by two processes": (
        logs.write_log,
        {
            "ironmap": (logs.failed_by_pool, logs.failed),
            "ranges": (logs.failed_by_ranges, logs.failed_in_range),
        },
    ),
    "a table, by pandas": (
        data.write_table,
        {"ironmap": (data.sum_column_pandas,), "its path": (data.sum_column_pandas_by_path,)},
    ),
    "a table, by polars": (
        data.write_table,
        {"ironmap": (data.sum_column_polars,), "its path": (data.sum_column_polars_by_path,)},
    ),
    "a table, by csv": (
        data.write_table,
        {"ironmap": (data.sum_column_csv,), "a text file": (data.sum_column_csv_by_path,)},
    ),
    "the last 1000 lines": (
        logs.write_log,
        {"ironmap": (logs.last_lines,), "tail": (logs.last_lines_by_tail,)},
    ),
}


def measure(ways: dict[str, Way], path: str) -> dict[str, list[float]]:
    """Returns the times of each way, round by round, in seconds."""
    took: dict[str, list[float]] = {name: [] for name in ways}
    for number in range(ROUNDS):
        answers = set()
        for name in list(ways)[:: 1 if number % 2 else -1]:
            begun = time.perf_counter()
            answers.add(ways[name][0](path))
            took[name].append(time.perf_counter() - begun)
        assert len(answers) == 1, answers
    return took


def lines_of(function: Function) -> int:
    return len(inspect.getsource(function).splitlines())


def main() -> None:
    words = sys.argv[1:]
    print("| job | beside | lines | ms | ironmap takes |\n|---|---|---:|---:|---:|")
    with tempfile.TemporaryDirectory() as folder:
        for job, (write, ways) in JOBS.items():
            if words and not any(word in job for word in words):
                continue
            path = os.path.join(folder, write.__name__)
            if not os.path.exists(path):
                write(path)
            took = measure(ways, path)
            lines = {name: sum(map(lines_of, way)) for name, way in ways.items()}
            mib = os.path.getsize(path) >> 20
            title = f"{job}, {mib} MiB" if mib else job
            ours = took["ironmap"]
            for name in list(ways)[1:]:
                counts = f"{lines['ironmap']} / {lines[name]}"
                times = f"{1000 * min(ours):.1f} / {1000 * min(took[name]):.1f}"
                ratio = median(a / b for a, b in zip(ours, took[name], strict=True))
                print(f"| {title} | {name} | {counts} | {times} | {ratio:.3f} |", flush=True)
                title = ""


if __name__ == "__main__":
    main()
