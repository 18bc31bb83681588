"""A SIGBUS that is sent, and was ignored before the first map, interrupts no system call."""

import ctypes
import time

from prelude import expect, new_map, os, signal, survived, threading

signal.signal(signal.SIGBUS, signal.SIG_IGN)
file, m = new_map()
libc = ctypes.CDLL(None, use_errno=True)
ends = os.pipe()
reader = threading.get_ident()


def disturb():
    for _ in range(5):
        time.sleep(0.05)
        signal.pthread_kill(reader, signal.SIGBUS)
    os.write(ends[1], b"x")


thread = threading.Thread(target=disturb)
thread.start()
count = libc.read(ends[0], ctypes.create_string_buffer(1), 1)
expect(count == 1, f"read gave {count}, errno {ctypes.get_errno()}")
thread.join()
survived()
