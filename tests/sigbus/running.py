"""Programs that fault, each in a process of its own, and how they ended."""

import os
import pathlib
import signal
import subprocess
import sys

from hang import HANG

HERE = pathlib.Path(__file__).parent

# Without Python's own SIGBUS handler, and with it and all its checks.
VARIANTS = {"plain": [], "faulthandler": ["-X", "faulthandler", "-X", "dev"]}


def programs(folder):
    return sorted(path for path in (HERE / folder).glob("*.py"))


def environment():
    """This process's, with its import path and the prelude, without a faulthandler of its own."""
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
        command, env=environment(), capture_output=True, text=True, errors="replace", timeout=2 * HANG
    )


def fate(ended):
    """How a program ended, with all it printed."""
    status = ended.returncode
    how = f"killed by {signal.Signals(-status).name}" if status < 0 else f"exit {status}"
    return f"{how}\n{ended.stdout}\n{ended.stderr}"


def last_line(ended):
    return (ended.stdout.splitlines() or [""])[-1]
