"""Runs commands, on the system that arm64.py starts.

    python guest.py COMMANDS.json

The last line has how many passed and failed.
"""

import json
import os
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

# Only a hang takes so long.
SECONDS = 3600


def run(one: dict[str, Any]) -> bool:
    print(f"\n==> {one['name']}", flush=True)
    began = time.monotonic()
    try:
        status: object = subprocess.run(
            one["command"],
            cwd=one["folder"],
            env={**os.environ, **one["variables"]},
            stdin=subprocess.DEVNULL,
            timeout=SECONDS,
        ).returncode
    except subprocess.TimeoutExpired:
        status = f"not finished after {SECONDS} s"
    taken = time.monotonic() - began
    print(f"<== {one['name']}: status {status}, {taken:.0f} s", flush=True)
    return status == 0


def main() -> None:
    print(f"page size {os.sysconf('SC_PAGESIZE')}, Linux {os.uname().release} {os.uname().machine}")
    commands = json.loads(Path(sys.argv[1]).read_text())
    failed = [one["name"] for one in commands if not run(one)]
    for name in failed:
        print(f"FAILED {name}")
    print(f"guest: {len(commands) - len(failed)} passed, {len(failed)} failed", flush=True)


if __name__ == "__main__":
    main()
