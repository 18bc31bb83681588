"""Brings the process to its limits of areas and of address space; allows it more descriptors."""

import contextlib
import ctypes
import errno
import resource

from prelude import PAGE, skipped

PROT_READ, MAP_PRIVATE_ANONYMOUS_NORESERVE = 1, 0x4022
libc = ctypes.CDLL(None, use_errno=True)
libc.mmap.restype = ctypes.c_void_p
libc.mmap.argtypes = [ctypes.c_void_p, ctypes.c_size_t, *[ctypes.c_int] * 3, ctypes.c_long]
libc.mprotect.argtypes = [ctypes.c_void_p, ctypes.c_size_t, ctypes.c_int]
libc.munmap.argtypes = [ctypes.c_void_p, ctypes.c_size_t]


def most_areas():
    try:
        with open("/proc/sys/vm/max_map_count") as limit:
            return int(limit.read())
    except OSError as error:
        skipped(f"the system has no limit of areas: {error}")


@contextlib.contextmanager
def no_area_left(spare=0):
    """Makes as many areas as the system allows, minus some, and unmaps them at the end."""
    count = 2 * most_areas()
    if count > 1_000_000:
        skipped(f"{count // 2} areas are too many to make")
    flags = MAP_PRIVATE_ANONYMOUS_NORESERVE
    start = libc.mmap(None, count * PAGE, 0, flags, -1, 0)
    made = 0
    # Pages with alternating protections are separate areas.
    while libc.mprotect(start + 2 * made * PAGE, PAGE, PROT_READ) == 0:
        made += 1
    if ctypes.get_errno() != errno.ENOMEM:
        skipped(f"mprotect: errno {ctypes.get_errno()}")
    for page in range(spare):
        libc.mprotect(start + 2 * page * PAGE, PAGE, 0)
    try:
        yield
    finally:
        libc.munmap(start, count * PAGE)


@contextlib.contextmanager
def limit_below_use(limit):
    """Sets the soft limit to a megabyte, which is below the use."""
    before = resource.getrlimit(limit)
    resource.setrlimit(limit, (1 << 20, before[1]))
    try:
        yield
    finally:
        resource.setrlimit(limit, before)


def allow_descriptors(count):
    """Allows this process so many descriptors, or skips the program. Each map has one."""
    most = resource.getrlimit(resource.RLIMIT_NOFILE)[1]
    try:
        resource.setrlimit(resource.RLIMIT_NOFILE, (count, most))
    except ValueError:
        skipped(f"a process may have only {most} descriptors here")
