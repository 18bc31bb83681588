"""Threads with small stacks."""

import os
import threading

PAGE = os.sysconf("SC_PAGE_SIZE") if hasattr(os, "sysconf") else 1
# glibc wants 128 KiB on arm64.
SMALLEST = os.sysconf("SC_THREAD_STACK_MIN") if hasattr(os, "sysconf") else 0


def use_small_stacks(kibibytes):
    """Gives later threads stacks of this size, or of the smallest that the system allows."""
    threading.stack_size(-(-max(kibibytes << 10, SMALLEST) // PAGE) * PAGE)
