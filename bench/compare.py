"""Compares the times of ironmap with those of the stdlib module, and in Rust of memmap2,
`std::fs`, memchr and ripgrep, operation by operation.

    python compare.py [--full] [--only WORD] [--rust PROGRAM] [--record FOLDER]

Runs `stdlib/measure.py` under CPython 3.11, 3.13 and 3.15 where they are found (3.15 also in the
chroot of `make test-pythons`), else under this one, and the program that `rust/` builds; prints a table for each, and
with ``--record`` writes them. A ratio is ironmap's time divided by the other's, measured in turn,
the median of the rounds; below 1 ironmap is faster.
"""

import argparse
import json
import os
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path

HERE = Path(__file__).resolve().parent
ROOT = HERE.parent
sys.path.insert(0, str(ROOT / "tools"))

import text
from about import about
from table import mean_of_small, table

import interpreters
import newest_pythons

WANTED = [(3, 11), (3, 13), (3, 15)]
FILE_SIZES = {"quick": 256 << 20, "full": 1 << 30}


def commands(form: str, path: str, only: list[str]) -> dict[str, list[str]]:
    """Returns for each Python, by its version, the command that measures under it."""
    measure = "bench/stdlib/measure.py"
    usable = [one for one in interpreters.found() if not one.free_threaded]
    newest = {one.version[:2]: one for one in usable if one.has_tests}
    wanted = [newest[version] for version in WANTED if version in newest]
    found = {
        ".".join(map(str, one.version)): [one.path, str(ROOT / measure), form, path, *only]
        for one in wanted or [one for one in usable if one.path == os.path.realpath(sys.executable)]
    }
    if (3, 15) not in newest and os.geteuid() == 0 and newest_pythons.is_made("3.15"):
        inside = newest_pythons.CHECKOUT / Path(path).relative_to(ROOT)
        build = newest_pythons.Build("3.15")
        found[newest_pythons.full_version("3.15")] = build.entered(
            [measure, form, str(inside), *only]
        )
    return found


def results_of(*command: str | Path) -> list[dict]:
    environment = os.environ | {"PYTHONPATH": str(ROOT / "python"), "PYTHONDONTWRITEBYTECODE": "1"}
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True, env=environment) as run:
        assert run.stdout is not None
        results = []
        for line in run.stdout:
            results.append(json.loads(line))
            if sys.stderr.isatty():
                print(f"\r{len(results)} rows", end="", file=sys.stderr, flush=True)
    if run.returncode:
        sys.exit(f"{command[0]} ended with {run.returncode}")
    return results


def python_part(version: str, results: list[dict]) -> list[str]:
    return ["", f"## CPython {version}", "", *table(results), *mean_of_small(results)]


def rust_part(results: list[dict]) -> list[str]:
    if any(row["group"] == "process" for row in results):
        version = subprocess.run(["rg", "--version"], capture_output=True, text=True).stdout
        note = ["", f"The ripgrep is {version.splitlines()[0]}."]
    elif shutil.which("rg") is None:
        note = ["", "There is no ripgrep (`rg`) on PATH: the rows beside it are passed over."]
    else:
        note = []
    return ["", "## Rust", "", *table(results), *note]


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--full", action="store_true", help="sizes up to 1 GiB, and more rounds")
    parser.add_argument("--only", metavar="WORD", help="the rows with WORD in group or statement")
    parser.add_argument("--rust", type=Path, help="the program of bench/rust, for its rows")
    parser.add_argument("--record", type=Path, help="write the tables here")
    arguments = parser.parse_args()
    form = "full" if arguments.full else "quick"
    only = [arguments.only] if arguments.only else []
    parts = [[f"# ironmap beside what there is ({form})", "", about()]]
    print(*parts[0], sep="\n", flush=True)
    # In the checkout, which the chroot has too.
    with tempfile.TemporaryDirectory(dir=ROOT / "target") as folder:
        path = os.path.join(folder, "lines")
        text.write(path, FILE_SIZES[form])
        for version, command in commands(form, path, only).items():
            parts.append(python_part(version, results_of(*command)))
            print(*parts[-1], sep="\n", flush=True)
        if arguments.rust:
            rust = results_of(arguments.rust, form, path, *only)
            parts.append(rust_part(rust))
            print(*parts[-1], sep="\n", flush=True)
    if folder := arguments.record:
        folder.mkdir(parents=True, exist_ok=True)
        lines = [line for part in parts for line in part]
        (folder / f"{form}.md").write_text("\n".join(lines) + "\n")


if __name__ == "__main__":
    main()
