"""The common part of the programs of this folder.

A program ends as survival.py describes. An exception is survival; wrong data, lost data
and a hang are not. MMAP_MODULE names the tested module.
"""

import faulthandler
import importlib
import os
import signal
import sys
import tempfile
import threading

from hang import HANG
from survival import kept_address, loaded, notes, skipped, store, survived, wrong

mmap = importlib.import_module(os.environ.get("MMAP_MODULE", "ironmap"))
PAGE = mmap.PAGESIZE
GRANULARITY = mmap.ALLOCATIONGRANULARITY
WINDOWS = sys.platform == "win32"

# A hang exits with 1 and tracebacks. If it holds the GIL and cannot print them, the alarm ends
# the process.
faulthandler.dump_traceback_later(HANG, exit=True)
if not WINDOWS:
    signal.alarm(HANG + 30)


def attempt(label, action, right=None):
    """Allows any exception; a result must pass ``right``, if that is given."""
    try:
        result = action()
    except Exception as error:
        notes.append(f"{label}: {type(error).__name__}: {str(error)[:70]}")
        return error
    if right is not None and not right(result):
        wrong(f"{label} returned {result!r:.80}")
    notes.append(f"{label}: {result!r:.24}")
    return result


def must_raise(label, kinds, action):
    """Expects one of these exceptions."""
    result = attempt(label, action)
    if not isinstance(result, kinds):
        wrong(f"{label} gave {result!r:.80}")


def new_file(pages=4):
    file = tempfile.TemporaryFile()
    file.write(b"A" * (pages * PAGE))
    file.flush()
    return file


def new_map(pages=4, **options):
    """Maps a file of so many pages of "A"."""
    with new_file(pages) as file:
        return mmap.mmap(file.fileno(), 0, **options)


class Index:
    """An integer that calls ``act`` when it is converted."""

    def __init__(self, value, act):
        self.value = value
        self.act = act

    def __index__(self):
        self.act()
        return self.value


class Buffer:
    """A buffer that calls ``act`` when it is requested (Python 3.12 and newer)."""

    def __init__(self, value, act):
        self.value = value
        self.act = act

    def __buffer__(self, flags):
        self.act()
        return memoryview(self.value)


def open_descriptors():
    """Returns the number of descriptors; 0 on Windows, which has no list of handles."""
    return 0 if WINDOWS else len(os.listdir("/dev/fd"))


def need_python(*version):
    if sys.version_info < version:
        skipped(f"needs Python {version[0]}.{version[1]}")


def in_child(action):
    """Runs ``action`` in a forked child; the program dies of the same signal or fails."""
    child = os.fork()
    if child == 0:
        signal.alarm(HANG)
        try:
            action()
        except BaseException as error:
            print(f"child: {type(error).__name__}: {error}", flush=True)
            os._exit(4)
        os._exit(0)
    status = os.waitpid(child, 0)[1]
    if os.WIFSIGNALED(status):
        die_of(os.WTERMSIG(status))
    if os.WEXITSTATUS(status):
        wrong(f"the child exited with {os.WEXITSTATUS(status)}")


def die_of(number):
    signal.signal(number, signal.SIG_DFL)
    os.kill(os.getpid(), number)


def race(*actions, times=300):
    """Runs each action in its own thread until every one has run so many times.

    Exceptions are allowed, a hang is not.
    """
    done = [0] * len(actions)
    seen = set()

    def loop(number, action):
        while min(done) < times:
            try:
                action()
            except Exception as error:
                seen.add(f"{type(error).__name__}: {str(error)[:40]}")
            done[number] += 1

    threads = [threading.Thread(target=loop, args=item, daemon=True) for item in enumerate(actions)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(HANG / 2)
    if any(thread.is_alive() for thread in threads):
        wrong("a thread hangs")
    notes.append("errors seen: " + (", ".join(sorted(seen)) or "none"))
