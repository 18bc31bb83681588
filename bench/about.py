"""The commit, the date and the machine of a measurement."""

import datetime
import os
import platform
import subprocess
from pathlib import Path

HERE = Path(__file__).resolve().parent


def about() -> str:
    commit = subprocess.run(
        ["git", "-C", HERE, "rev-parse", "--short", "HEAD"], capture_output=True, text=True
    ).stdout.strip()
    processor = platform.processor() or platform.machine()
    cpuinfo = Path("/proc/cpuinfo")
    if cpuinfo.exists():
        models = [
            line for line in cpuinfo.read_text().splitlines() if line.startswith("model name")
        ]
        processor = models[0].partition(": ")[2] if models else processor
    date = datetime.date.today().isoformat()
    return (
        f"Commit {commit or 'unknown'}, {date}; {processor}, {os.cpu_count()} processors, "
        f"{platform.system()} {platform.release()}; load {os.getloadavg()[0]:.1f}."
    )
