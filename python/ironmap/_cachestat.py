"""Linux's cachestat (6.5): how many pages of a file are in memory."""

import ctypes
import os
import sys
from collections.abc import Callable

from ironmap import PAGESIZE

# The number of the system call on these machines; alpha and MIPS have others.
CACHESTAT = 451
MACHINES = ("x86_64", "aarch64", "riscv64", "ppc64le", "s390x", "loongarch64")


def system_call() -> Callable[..., int] | None:
    """Return the function that makes a system call, where CACHESTAT is the right number."""
    if sys.platform != "linux" or os.uname().machine not in MACHINES:
        return None
    syscall = ctypes.CDLL(None).syscall
    syscall.restype = ctypes.c_long
    pointer = ctypes.POINTER(ctypes.c_uint64)
    syscall.argtypes = [ctypes.c_long, ctypes.c_long, pointer, pointer, ctypes.c_long]
    return syscall


SYSCALL = system_call()


def count_in_memory(file: int, first: int, end: int) -> int | None:
    """Return how many of these pages of a file are in memory, or None if the system does not
    count them.

    It looks only at the pages in memory: holes take no time.
    """
    if SYSCALL is None:
        return None
    span = (ctypes.c_uint64 * 2)(first * PAGESIZE, (end - first) * PAGESIZE)
    counts = (ctypes.c_uint64 * 5)()
    failed = SYSCALL(CACHESTAT, file, span, counts, 0)
    return None if failed else counts[0]
