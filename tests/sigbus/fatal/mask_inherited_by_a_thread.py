"""The program starts with SIGBUS blocked: a thread from before the first map still has it blocked."""

import sys
import threading

from prelude import cut_map, dies, expect, ironmap, os, signal

BUS = [signal.SIGBUS]
if "blocked" not in sys.argv:
    signal.pthread_sigmask(signal.SIG_BLOCK, BUS)
    os.execv(sys.executable, [sys.executable, *sys.orig_argv[1:], "blocked"])

made = threading.Event()


def use():
    made.wait()
    expect(ironmap.fault_guard() == "blocked", ironmap.fault_guard())
    dies(lambda: m[0], tracebacks=0)


thread = threading.Thread(target=use)
thread.start()
file, m = cut_map()
expect(ironmap.fault_guard() == "active", ironmap.fault_guard())
made.set()
thread.join()
