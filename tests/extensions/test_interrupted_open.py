"""A signal handler that raises in the middle of opening, saving or sharing leaves nothing behind."""

import os
import random
import signal
import sys

import pytest

import ironmap

pytestmark = pytest.mark.skipif(sys.platform == "win32", reason="Windows has no setitimer")

ROUNDS = 600


class Interrupted(Exception):
    pass


def save(folder):
    with ironmap.open(folder / "old") as m:
        m.save(folder / "saved")
        return None


MAKERS = {
    "open": lambda folder: ironmap.open(folder / "old"),
    "open_w_plus": lambda folder: ironmap.open(folder / "new", "w+", length=5),
    "open_w_plus_without_unnamed_files": lambda folder: ironmap.open(
        folder / "new", "w+", length=5
    ),
    "save": save,
    "shared": lambda _folder: ironmap.shared(100),
}


def interrupted(make, folder, seconds) -> bool:
    """Makes a map, and returns whether a signal handler has raised meanwhile."""
    armed = True

    def handler(_number, _frame):
        if armed:
            raise Interrupted

    m = None
    signal.signal(signal.SIGALRM, handler)
    try:
        try:
            signal.setitimer(signal.ITIMER_REAL, seconds)
            m = make(folder)
        finally:
            armed = False
    except Interrupted:
        return True
    finally:
        signal.setitimer(signal.ITIMER_REAL, 0)
        signal.signal(signal.SIGALRM, signal.SIG_DFL)
        if m is not None:
            m.close()
    return False


@pytest.mark.parametrize("name", MAKERS)
def test_interrupted_call_leaves_nothing(tmp_path, monkeypatch, name):
    if name == "shared" and not hasattr(os, "memfd_create"):
        pytest.skip("this Python has no os.memfd_create")
    if name == "open_w_plus_without_unnamed_files":
        monkeypatch.delattr(os, "O_TMPFILE", raising=False)
    (tmp_path / "old").write_bytes(b"old")
    make = MAKERS[name]
    interrupted(make, tmp_path, 10)
    descriptors = set(os.listdir("/dev/fd"))
    numbers = random.Random(1)
    for _ in range(ROUNDS):
        interrupted(make, tmp_path, numbers.choice([1e-4, 1e-3]) * numbers.random() + 1e-6)
        (tmp_path / "new").unlink(missing_ok=True)
    assert len(os.listdir("/dev/fd")) == len(descriptors)
    assert set(os.listdir(tmp_path)) <= {"old", "saved"}
