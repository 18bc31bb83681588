"""A child program has the usual action for SIGBUS."""

import subprocess
import sys

from prelude import cut_map, expect, grow, must_fault, signal, survived

KILLED = [sys.executable, "-I", "-c", "import os, signal; os.kill(os.getpid(), signal.SIGBUS)"]
DEFAULT = [
    sys.executable,
    "-I",
    "-c",
    "import signal; assert signal.getsignal(signal.SIGBUS) is signal.SIG_DFL",
]

file, m = cut_map()
must_fault("item", m, lambda: m[0], 0, 0)
expect(
    subprocess.run(KILLED).returncode == -signal.SIGBUS, "the started program did not die of SIGBUS"
)
expect(subprocess.run(DEFAULT).returncode == 0, "the started program has another action")
grow(m, file)
survived()
