"""Runs the stdlib module's own tests, unmodified, on it and on ironmap.

    python tools/conformance.py

Runs ``test.test_mmap`` of every CPython found, twice: as it is, and with
``sys.modules["mmap"]`` replaced by ironmap before anything imports it. ironmap
must pass every test, and may skip only what the stdlib module skips. Prints
both counts side by side; exit status 1 if a test is missing, skipped or failed.
"""

import json
import os
import signal
import subprocess
import sys
import tempfile
from dataclasses import dataclass, field
from pathlib import Path

import interpreters
from interpreters import Interpreter

TOOLS = Path(__file__).resolve().parent
PACKAGE = TOOLS.parent / "python"
RUNNER = TOOLS / "run_test_mmap.py"
SECONDS = 600


@dataclass
class Run:
    """One run of test_mmap. ``broken`` says why it gave no report."""

    passed: set[str] = field(default_factory=set)
    skipped: dict[str, str] = field(default_factory=dict)
    failed: dict[str, str] = field(default_factory=dict)
    broken: str = ""

    @property
    def names(self) -> set[str]:
        return self.passed | self.skipped.keys() | self.failed.keys()

    def __str__(self) -> str:
        if self.broken:
            return "no report"
        return f"{len(self.names):4} {len(self.skipped):8} {len(self.failed):7}"


@dataclass(frozen=True)
class Subject:
    """An interpreter and the command that starts it."""

    name: str
    command: list[str]
    environment: dict[str, str]
    why_not: str = ""
    # Set where the tests belong to another release than the interpreter: ironmap may then
    # fail what the stdlib module fails.
    forgive_shared: bool = False


def run(subject: Subject, module: str) -> Run:
    # The tests write beside themselves: each run gets a folder of its own.
    with tempfile.TemporaryDirectory() as folder:
        try:
            child = subprocess.run(
                [*subject.command, module],
                cwd=folder,
                env={**os.environ, **subject.environment},
                stdin=subprocess.DEVNULL,
                capture_output=True,
                text=True,
                timeout=SECONDS,
            )
        except subprocess.TimeoutExpired:
            return Run(broken=f"not finished after {SECONDS} s")
    if child.returncode != 0:
        return Run(broken=f"{_death(child.returncode)}\n{child.stderr.strip()}")
    report = json.loads(child.stdout.splitlines()[-1])
    return Run(set(report["passed"]), report["skipped"], report["failed"])


def _death(status: int) -> str:
    return f"died of {signal.Signals(-status).name}" if status < 0 else f"exit status {status}"


def complaints(stdlib: Run, ironmap: Run, forgive_shared: bool = False) -> dict[str, str]:
    """Returns what is wrong, by test: failed, skipped with ironmap only, or not run.

    A run without a report gives one complaint: its reason.
    """
    forgiven = stdlib.failed if forgive_shared else {}
    broken = {"with the stdlib module": stdlib.broken, "with ironmap": ironmap.broken}
    if any(broken.values()):
        return {f"test_mmap {name}": reason for name, reason in broken.items() if reason}
    wrong = {name: text.strip() for name, text in ironmap.failed.items() if name not in forgiven}
    for name, reason in ironmap.skipped.items():
        if name not in stdlib.skipped:
            wrong[name] = f"skipped with ironmap only: {reason}"
    for name in sorted(stdlib.names - ironmap.names):
        wrong[name] = "not run with ironmap"
    return wrong


def why_not(interpreter: Interpreter) -> str:
    """Returns why test_mmap cannot run here, or an empty string."""
    if interpreter.free_threaded:
        return "a free-threaded build cannot load the extension (abi3)"
    if not interpreter.has_tests:
        return "it has no test.test_mmap"
    return ""


def subject(interpreter: Interpreter) -> Subject:
    return Subject(
        str(interpreter),
        [interpreter.path, "-X", "faulthandler", str(RUNNER)],
        {"PYTHONPATH": str(PACKAGE)},
        why_not(interpreter),
    )


def compare(subjects: list[Subject]) -> int:
    """Prints both modules' counts for each interpreter; returns the exit status."""
    passed = ran = 0
    wrong: dict[str, str] = {}
    width = max(len(one.name) for one in subjects)
    print(f"{'':{width}}     stdlib module             ironmap")
    print(f"{'interpreter':{width}}   run  skipped  failed   run  skipped  failed")
    for one in subjects:
        if one.why_not:
            print(f"{one.name:{width}}   passed over: {one.why_not}")
            continue
        stdlib, ironmap = run(one, "mmap"), run(one, "ironmap")
        print(f"{one.name:{width}}  {stdlib!s:21}  {ironmap!s:21}", flush=True)
        ran += 1
        passed += len(ironmap.passed)
        for name, text in complaints(stdlib, ironmap, one.forgive_shared).items():
            wrong[f"{one.name}: {name}"] = text
    if not ran:
        wrong["every interpreter"] = "none has test.test_mmap: nothing was run"
    for name, text in wrong.items():
        print(f"\nFAILED {name}\n{text}")
    print(f"\n{passed} passed, {len(wrong)} failed")
    return 1 if wrong else 0


if __name__ == "__main__":
    sys.exit(compare([subject(interpreter) for interpreter in interpreters.found()]))
