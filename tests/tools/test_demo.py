"""The demo on good and bad files."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

from hang import HANG

DEMO = Path(__file__).parents[2] / "tools" / "demo.py"


def demo(file: Path, **options) -> subprocess.CompletedProcess:
    command = [sys.executable, DEMO, file]
    return subprocess.run(command, capture_output=True, text=True, timeout=HANG, **options)


@pytest.mark.parametrize("content", [b"x", b"one error\n" * 5000], ids=["one byte", "text"])
def test_demo_regular_file_shows_counts(tmp_path, content):
    path = tmp_path / "a file"
    path.write_bytes(content)
    shown = demo(path)
    if sys.platform != "win32":
        assert "FaultError(5, 'the page of byte 0 is not available" in shown.stdout
    assert shown.returncode == 0, shown.stderr
    assert f"{len(content):,} bytes" in shown.stdout
    assert f"b'error' {content.count(b'error'):,} times" in shown.stdout
    assert path.read_bytes() == content


def refused(path: Path, reason: str, **options) -> None:
    shown = demo(path, **options)
    assert (shown.returncode, shown.stdout) == (2, "")
    assert shown.stderr.startswith(f"demo: {path} ")
    assert reason in shown.stderr


def test_demo_unmappable_path(tmp_path):
    with pytest.raises(OSError) as caught:
        os.stat(tmp_path / "none")
    refused(tmp_path / "none", f"cannot be opened: {caught.value.strerror}")
    refused(tmp_path, "is a directory")
    Path(tmp_path / "empty").touch()
    refused(tmp_path / "empty", "is empty")


@pytest.mark.skipif(not hasattr(os, "mkfifo"), reason="this system has no named pipes in folders")
def test_demo_named_pipe_refused(tmp_path):
    os.mkfifo(tmp_path / "pipe")
    refused(tmp_path / "pipe", "needs a regular file")


def test_demo_unreadable_file(tmp_path):
    path = tmp_path / "secret"
    path.write_bytes(b"x")
    path.chmod(0)
    if os.access(path, os.R_OK):
        pytest.skip("this user may read every file")
    refused(path, "cannot be opened: Permission denied")
