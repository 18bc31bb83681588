"""Runs programs that fault in their own processes."""

import os
import pathlib
import signal
import subprocess
import sys

from hang import HANG

HERE = pathlib.Path(__file__).parent

# Without Python's SIGBUS handler, and with it and with Python's checks.
VARIANTS = {"plain": [], "faulthandler": ["-X", "faulthandler", "-X", "dev"]}


def programs(folder):
    return sorted(path for path in (HERE / folder).glob("*.py"))


def environment():
    """Returns the environment with the import path and the prelude, without a faulthandler."""
    path = [str(HERE / "support"), *filter(None, sys.path)]
    kept = {
        name: value
        for name, value in os.environ.items()
        if name not in ("PYTHONFAULTHANDLER", "PYTHONDEVMODE")
    }
    return kept | {"PYTHONPATH": os.pathsep.join(path), "PYTHONDONTWRITEBYTECODE": "1"}


def run(program, *arguments, variant="plain"):
    command = [sys.executable, *VARIANTS[variant], program, *arguments]
    return subprocess.run(
        command,
        env=environment(),
        capture_output=True,
        text=True,
        errors="replace",
        timeout=2 * HANG,
    )


def fate(ended):
    """Describes how a program ended, with its output."""
    status = ended.returncode
    how = f"killed by {signal.Signals(-status).name}" if status < 0 else f"exit {status}"
    return f"{how}\n{ended.stdout}\n{ended.stderr}"


def last_line(ended):
    return (ended.stdout.splitlines() or [""])[-1]
