"""The soak finds nothing wrong with ironmap, and each defect that is planted.

IRONMAP_SOAK_SECONDS sets its length.
"""

import os
import re
import subprocess
import sys
from pathlib import Path

import pytest

from hang import HANG

HERE = Path(__file__).parent
SECONDS = float(os.environ.get("IRONMAP_SOAK_SECONDS", 5))

# Maps with one defect each, and the figure that must show it.
PLANTED = {
    "a wrong byte": (
        "wrong bytes",
        """
        def __getitem__(self, key):
            got = super().__getitem__(key)
            return got[:-1] + b"?" if isinstance(got, bytes) and got else got
        """,
    ),
    "zeros in place of damage": (
        "wrong bytes",
        """
        def read(self, count):
            try:
                return super().read(count)
            except ironmap.FaultError:
                return bytes(count)
        """,
    ),
    "a search that passes over what is there": (
        "wrong bytes",
        """
        def find(self, *arguments):
            return -1
        """,
    ),
    "a search that finds what is not there": (
        "wrong bytes",
        """
        def rfind(self, needle, start, end):
            return start
        """,
    ),
    "a write that goes nowhere": (
        "lost writes",
        """
        def write(self, data):
            return len(data)
        """,
    ),
    "a fault without a reason": (
        "false faults",
        """
        def read_byte(self):
            error = ironmap.FaultError(5, "planted")
            error.offset, error.file_size = self.tell(), None
            raise error
        """,
    ),
    "a signal": (
        "deaths",
        """
        def move(self, *arguments):
            os.kill(os.getpid(), signal.SIGBUS)
        """,
    ),
    "an exception": (
        "deaths",
        """
        def madvise(self, *arguments):
            1 / 0
        """,
    ),
    "a hang": (
        "hangs",
        """
        soak.HANG = 3.0
        def size(self):
            time.sleep(3600)
        """,
    ),
}

# Subclasses written in Python iterate over numbers; the soak expects bytes.
PROGRAM = """
import os, signal, sys, time
import ironmap
from stress import soak

BASE = ironmap.mmap

class Alike(BASE):
    def __iter__(self):
        return (BASE.__getitem__(self, slice(at, at + 1)) for at in range(len(self)))
    def __contains__(self, item):
        return BASE.find(self, item, 0) >= 0

class Planted(Alike):
{defect}

ironmap.mmap = Planted
sys.exit(soak.main(["--seconds", "{HANG}", "--seed", "1", "--until-found"]))
"""


def soak(*command):
    path = os.pathsep.join(filter(None, [str(HERE.parent), *sys.path]))
    return subprocess.run(
        [sys.executable, *command],
        env=os.environ | {"PYTHONPATH": path},
        capture_output=True,
        text=True,
        timeout=SECONDS + 2 * HANG,
    )


def counts(ended):
    """Returns the figures of the report."""
    found = re.findall(r"^([a-z ]+?) +([\d,]+)$", ended.stdout, re.MULTILINE)
    return {name: int(number.replace(",", "")) for name, number in found}


def test_soak_finds_nothing(capsys):
    ended = soak(HERE, "--seconds", str(SECONDS))
    with capsys.disabled():
        print(f"\n{ended.stdout}", end="")
    assert ended.returncode == 0, ended.stdout + ended.stderr
    report = counts(ended)
    assert report.pop("operations") > 1000
    assert report.pop("faults") > 10
    assert report == dict.fromkeys(
        ["wrong bytes", "lost writes", "false faults", "deaths", "hangs"], 0
    )


@pytest.mark.weekly
def test_soak_under_memory_pressure():
    ended = soak(HERE, "--seconds", "10", "--pressure")
    if "passed over: " in ended.stdout:
        pytest.skip(ended.stdout.partition("passed over: ")[2].strip())
    assert ended.returncode == 0, ended.stdout + ended.stderr
    assert counts(ended)["limit met"] > 0


REPRESENTATIVE = "a wrong byte"


@pytest.mark.parametrize(
    "planted",
    [
        pytest.param(name, marks=[] if name == REPRESENTATIVE else pytest.mark.weekly)
        for name in PLANTED
    ],
)
def test_soak_finds_planted_defect(planted):
    result, defect = PLANTED[planted]
    ended = soak("-c", PROGRAM.format(defect=defect.replace("\n    ", "\n"), HANG=HANG))
    assert ended.returncode == 1, ended.stdout + ended.stderr
    assert counts(ended)[result] > 0, ended.stdout + ended.stderr
