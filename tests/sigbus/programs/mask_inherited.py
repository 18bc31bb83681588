"""The program starts with SIGBUS blocked: a thread that makes a map has it unblocked."""

import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor

from prelude import cut_map, expect, ironmap, must_fault, os, signal, survived

BUS = [signal.SIGBUS]


def fault(label):
    file, m = cut_map()
    must_fault(label, m, lambda: m[0], 0, 0)
    expect(ironmap.fault_guard() == "active", ironmap.fault_guard())


def started_blocked():
    blocked = signal.pthread_sigmask(signal.SIG_BLOCK, [])
    expect(signal.SIGBUS in blocked, "SIGBUS is not inherited as blocked")
    ironmap.mmap(-1, 100)[0]
    blocked = signal.pthread_sigmask(signal.SIG_BLOCK, [])
    expect(signal.SIGBUS in blocked, "unblocked for a map that cannot fault")
    with ThreadPoolExecutor(1) as pool:
        pool.submit(fault, "thread").result()
    fault("main thread")
    # A thread that blocks it later does so on purpose.
    signal.pthread_sigmask(signal.SIG_BLOCK, BUS)
    file, m = cut_map()
    expect(ironmap.fault_guard() == "blocked", ironmap.fault_guard())
    # A thread that makes no map calls ensure_fault_guard.
    with ThreadPoolExecutor(1, initializer=ironmap.ensure_fault_guard) as pool:
        pool.submit(must_fault, "reader", m, lambda: m[0], 0, 0).result()
    survived()


def started_with_one_pending():
    """Other code can wait for the pending signal, so it stays blocked."""
    os.kill(os.getpid(), signal.SIGBUS)
    file, m = cut_map()
    expect(ironmap.fault_guard() == "blocked", ironmap.fault_guard())
    expect(signal.sigwait(BUS) == signal.SIGBUS, "another signal")
    survived()


PARTS = {"blocked": started_blocked, "pending": started_with_one_pending}
if sys.argv[1:]:
    PARTS[sys.argv[1]]()
for part in PARTS:
    command = [sys.executable, *sys.orig_argv[1 : -len(sys.argv)], __file__, part]
    block = lambda: signal.pthread_sigmask(signal.SIG_BLOCK, BUS)
    done = subprocess.run(command, preexec_fn=block, capture_output=True, text=True)
    expect(done.returncode == 0, f"{part}: {done.returncode}\n{done.stdout}\n{done.stderr}")
survived()
