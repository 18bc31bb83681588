"""Large results are on huge pages, unless this is switched off."""

import os
import subprocess
import sys
import tempfile

import pytest

from hang import HANG

from .support import unix_only

pytestmark = unix_only("Windows makes no huge pages by itself")

PROGRAM = """
import sys, ironmap

def flags_at(address):
    there = False
    with open("/proc/self/smaps") as smaps:
        for line in smaps:
            first = line.split()[0]
            if "-" in first and not first.endswith(":"):
                start, end = (int(number, 16) for number in first.split("-"))
                there = start <= address < end
            elif there and first == "VmFlags:":
                return set(line.split()[1:])

m = ironmap.mmap(int(sys.argv[1]), 0)
for read in (lambda: m[:], lambda: m.read(), lambda: bytes(m), lambda: m[1:-1]):
    result = read()
    assert result.count(b"x") == 2, "wrong bytes"
    print("hg" in flags_at(id(result) + (16 << 10)))
    # After huge pages that took long come small ones, which are asked for, too.
    print(bool(flags_at(id(result) + len(result) // 2) & {"hg", "nh"}))
"""


def on_huge_pages(size, **environment):
    with tempfile.TemporaryFile() as file:
        file.truncate(size)
        os.pwrite(file.fileno(), b"x", size // 2)
        os.pwrite(file.fileno(), b"x", size - 2)
        ended = subprocess.run(
            [sys.executable, "-c", PROGRAM, str(file.fileno())],
            pass_fds=[file.fileno()],
            env=os.environ | environment,
            capture_output=True,
            text=True,
            timeout=HANG,
        )
    assert ended.returncode == 0, ended.stderr
    return set(ended.stdout.split())


@pytest.fixture(autouse=True)
def system_with_huge_pages():
    path = "/sys/kernel/mm/transparent_hugepage/enabled"
    if not os.path.exists(path):
        pytest.skip("this system has no transparent huge pages")


def test_read_large_uses_huge_pages():
    assert on_huge_pages(40 << 20) == {"True"}


def test_read_small_uses_no_huge_pages():
    assert on_huge_pages(16 << 20) == {"False"}


def test_read_large_huge_pages_disabled():
    assert on_huge_pages(40 << 20, IRONMAP_HUGE_PAGES="0") == {"False"}
