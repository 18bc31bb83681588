"""Makes mmap and mremap fail on demand, by interposed.c, compiled and preloaded."""

import contextlib
import ctypes
import os
import shutil
import subprocess
import sys
import tempfile

from prelude import skipped

PASS, REFUSE, UNMAP, TAKE = range(4)
SOURCE = os.path.join(os.path.dirname(__file__), "interposed.c")
STARTED = "IRONMAP_TEST_INTERPOSED"


def library():
    """Restarts this process with the library preloaded, unless it is; returns the library."""
    folder = os.environ.get(STARTED)
    if folder:
        shutil.rmtree(folder, ignore_errors=True)
        found = ctypes.CDLL(None)
        found.last_taken.restype = ctypes.c_void_p
        return found
    if not sys.platform.startswith("linux") or not shutil.which("cc"):
        skipped("needs Linux and a C compiler, to interpose a library")
    folder = tempfile.mkdtemp()
    path = os.path.join(folder, "interposed.so")
    subprocess.run(["cc", "-shared", "-fPIC", "-O1", "-o", path, SOURCE, "-ldl"], check=True)
    environment = os.environ | {"LD_PRELOAD": path, STARTED: folder}
    os.execve(sys.executable, [sys.executable, *sys.orig_argv[1:]], environment)


@contextlib.contextmanager
def failing_moves(mode, error):
    calls = library()
    calls.fail_moves(mode, error)
    try:
        yield
    finally:
        calls.fail_moves(PASS, 0)


@contextlib.contextmanager
def failing_files(error):
    calls = library()
    calls.fail_files(error)
    try:
        yield
    finally:
        calls.fail_files(0)
