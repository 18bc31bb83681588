"""ironmap beside the stdlib module: every operation, as ratios of their times.

    python compare.py [--full] [--record FOLDER]

Runs `measure.py` under CPython 3.11 and 3.13 where they are found, else under
this one; prints a table for each, and with ``--record`` writes the tables and a
picture of them. A ratio is ironmap's time divided by the stdlib module's,
measured in turn, the median of the rounds; below 1 ironmap is faster.
"""

import argparse
import datetime
import json
import math
import os
import platform
import subprocess
import sys
import tempfile
from pathlib import Path

HERE = Path(__file__).resolve().parent
ROOT = HERE.parent.parent
sys.path.insert(0, str(ROOT / "tools"))

import interpreters  # noqa: E402
from picture import bars  # noqa: E402
from rows import MIB, file_size  # noqa: E402

WANTED = [(3, 11), (3, 13)]
SMALL = 4096
WORDS = b"the quick brown fox jumps over the lazy dog return self lambda \n"


def chosen() -> list[interpreters.Interpreter]:
    usable = [one for one in interpreters.found() if not one.free_threaded]
    newest = {one.version[:2]: one for one in usable if one.has_tests}
    wanted = [newest[version] for version in WANTED if version in newest]
    return wanted or [one for one in usable if one.path == os.path.realpath(sys.executable)]


def measure(interpreter: interpreters.Interpreter, form: str, path: str) -> list[dict]:
    command = [interpreter.path, HERE / "measure.py", form, path]
    environment = os.environ | {"PYTHONPATH": str(ROOT / "python"), "PYTHONDONTWRITEBYTECODE": "1"}
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True, env=environment) as run:
        assert run.stdout is not None
        results = []
        for line in run.stdout:
            results.append(json.loads(line))
            if sys.stderr.isatty():
                print(f"\r{len(results)} rows", end="", file=sys.stderr, flush=True)
    if run.returncode:
        sys.exit(f"{interpreter} ended with {run.returncode}")
    return results


def table(results: list[dict]) -> list[str]:
    lines = ["| | stdlib ns | ironmap ns | ratio | quartiles | by the fastest | GB/s | goal |"]
    lines.append("|---|---:|---:|---:|---:|---:|---:|---:|")
    for row in results:
        statement = row["statement"].replace("\n", "; ").replace("|", "\\|")
        rate = f"{row['size'] / row['fastest']:.1f}" if row["size"] else ""
        missed = " **missed**" if row["ratio"] > row["goal"] else ""
        low, high = row["spread"]
        lines.append(
            f"| `{statement}` | {row['stdlib']:,.1f} | {row['ironmap']:,.1f} | {row['ratio']:.2f} "
            f"| {low:.2f} to {high:.2f} | {row['least']:.2f} | {rate} | {row['goal']:.2f}{missed} |"
        )
    small = [row["ratio"] for row in results if row["size"] <= SMALL]
    mean = math.exp(sum(map(math.log, small)) / len(small))
    missed_count = sum(row["ratio"] > row["goal"] for row in results)
    lines.append("")
    lines.append(f"Geometric mean of the {len(small)} small rows: {mean:.2f} (goal 0.70).")
    lines.append(f"{missed_count} of {len(results)} rows miss their goal.")
    return lines


def about() -> str:
    commit = subprocess.run(
        ["git", "-C", ROOT, "rev-parse", "--short", "HEAD"], capture_output=True, text=True
    ).stdout.strip()
    processor = platform.processor() or platform.machine()
    cpuinfo = Path("/proc/cpuinfo")
    if cpuinfo.exists():
        models = [line for line in cpuinfo.read_text().splitlines() if line.startswith("model name")]
        processor = models[0].partition(": ")[2] if models else processor
    date = datetime.date.today().isoformat()
    return (
        f"Commit {commit or 'unknown'}, {date}; {processor}, {os.cpu_count()} processors, "
        f"{platform.system()} {platform.release()}; load {os.getloadavg()[0]:.1f}."
    )


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--full", action="store_true", help="sizes up to 1 GiB, and more rounds")
    parser.add_argument("--record", type=Path, help="write the tables and a picture here")
    arguments = parser.parse_args()
    form = "full" if arguments.full else "quick"
    text = [f"# ironmap beside the stdlib module ({form})", "", about()]
    print(*text, sep="\n")
    with tempfile.TemporaryDirectory() as folder:
        path = os.path.join(folder, "lines")
        with open(path, "wb") as file:
            block = WORDS * (MIB // len(WORDS))
            for _ in range(file_size(arguments.full) // len(block) + 1):
                file.write(block)
        pictured: dict[str, list[dict]] = {}
        for interpreter in chosen():
            version = ".".join(map(str, interpreter.version))
            results = measure(interpreter, form, path)
            pictured[version] = results
            part = ["", f"## CPython {version}", "", *table(results)]
            print(*part, sep="\n", flush=True)
            text += part
    if arguments.record:
        arguments.record.mkdir(parents=True, exist_ok=True)
        (arguments.record / f"{form}.md").write_text("\n".join(text) + "\n")
        (arguments.record / f"{form}.svg").write_text(bars(pictured))


if __name__ == "__main__":
    main()
