"""Threads that block SIGBUS to wait for it receive it, though files are mapped meanwhile."""

import ctypes
import select

from prelude import expect, in_threads, new_map, os, signal, survived, threading

from hang import HANG

BUS = {signal.SIGBUS}
SIGNALFD_SIZE = 128

# Before the first map.
signal.pthread_sigmask(signal.SIG_BLOCK, BUS)
file, m = new_map()
m[0], m.find(b"\xff"), m.resize(1 << 20), m[:]
new_map()
os.kill(os.getpid(), signal.SIGBUS)
expect(signal.sigwait(BUS) == signal.SIGBUS, "another signal")


def waits():
    maps = new_map()
    signal.pthread_kill(threading.get_ident(), signal.SIGBUS)
    expect(signal.sigwait(BUS) == signal.SIGBUS, "another signal")
    expect(signal.pthread_sigmask(signal.SIG_BLOCK, []) >= BUS, "the thread's mask was changed")
    maps[1][0]


in_threads(waits, waits)

libc = ctypes.CDLL(None, use_errno=True)
if hasattr(libc, "signalfd"):
    mask = ctypes.create_string_buffer(128)
    libc.sigemptyset(mask)
    libc.sigaddset(mask, signal.SIGBUS)
    fd = libc.signalfd(-1, mask, 0)
    new_map()
    m[0]
    os.kill(os.getpid(), signal.SIGBUS)
    expect(select.select([fd], [], [], HANG / 2)[0] == [fd], "signalfd has nothing to read")
    number = int.from_bytes(os.read(fd, SIGNALFD_SIZE)[:4], "little")
    expect(number == signal.SIGBUS, f"signalfd has read {number}")

expect(signal.pthread_sigmask(signal.SIG_BLOCK, []) >= BUS, "the mask was changed")
survived()
