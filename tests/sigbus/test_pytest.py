"""Faults are survived under pytest, which enables faulthandler."""

import subprocess
import sys

import pytest

from hang import HANG

from .running import environment, fate

TESTS = """
import os

import pytest

import ironmap

LENGTH = 4 * ironmap.PAGESIZE


@pytest.mark.parametrize("keep", [0, ironmap.PAGESIZE])
def test_fault(tmp_path, keep):
    path = tmp_path / "data"
    path.write_bytes(b"A" * LENGTH)
    with open(path, "r+b") as file, ironmap.mmap(file.fileno(), 0) as m:
        os.truncate(path, keep)
        with pytest.raises(ironmap.FaultError) as caught:
            m[:]
        assert caught.value.offset == keep
        assert m[:keep] == b"A" * keep
        with pytest.raises(ironmap.FaultError):
            m.find(b"Z")
        path.write_bytes(b"B" * LENGTH)
        assert m[:] == b"B" * LENGTH
"""
MAPPED_BEFORE = """
import os
import tempfile

import ironmap

file = tempfile.TemporaryFile()
file.truncate(4 * ironmap.PAGESIZE)
early = ironmap.mmap(file.fileno(), 0)
"""


def run_pytest(folder, *options):
    folder.joinpath("test_inner.py").write_text(TESTS)
    return subprocess.run(
        [sys.executable, "-m", "pytest", "-q", "--rootdir", folder, *options, folder],
        cwd=folder,
        env=environment(),
        capture_output=True,
        text=True,
        timeout=HANG,
    )


@pytest.mark.parametrize(
    "options", [(), ("-p", "no:faulthandler"), ("-s",)], ids=["plain", "without", "shown"]
)
@pytest.mark.parametrize("mapped_before", [False, True])
def test_fault_under_pytest(tmp_path, options, mapped_before):
    if mapped_before:
        tmp_path.joinpath("conftest.py").write_text(MAPPED_BEFORE)
    ended = run_pytest(tmp_path, *options)
    assert ended.returncode == 0, fate(ended)
    assert "2 passed" in ended.stdout
    assert "Bus error" not in ended.stdout + ended.stderr
