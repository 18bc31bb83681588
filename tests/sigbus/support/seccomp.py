"""Makes system calls fail, by seccomp, on Linux x86-64."""

import ctypes
import errno
import platform
import struct

from prelude import skipped

PR_SET_NO_NEW_PRIVS, PR_SET_SECCOMP, SECCOMP_MODE_FILTER = 38, 22, 2
LOAD, IF_EQUAL, IF_LARGE, IF_ANY, RETURN = 0x20, 0x15, 0x35, 0x45, 0x06  # Classic BPF.
ALLOW, FAIL = 0x7FFF0000, 0x00050000
ENOMEM = FAIL | errno.ENOMEM
MMAP, MREMAP, MAP_FIXED = 9, 25, 0x10
NUMBER, FIRST, LENGTH, PROTECTION, FLAGS = 0, *range(16, 48, 8)

# Calls that came after Linux 3.2, the oldest on which Rust's library runs.
NEWER_CALLS = {
    "renameat2": 316,
    "memfd_create": 319,
    "membarrier": 324,
    "mlock2": 325,
    "copy_file_range": 326,
    "preadv2": 327,
    "pwritev2": 328,
    "statx": 332,
    "close_range": 436,
    "openat2": 437,
    "faccessat2": 439,
    "process_madvise": 440,
}
# And new arguments: the call, the place of the argument, the test, its bits, the error.
NEWER_ARGUMENTS = [
    (28, PROTECTION, IF_LARGE, 18, errno.EINVAL),  # madvise from MADV_WIPEONFORK on
    (157, FIRST, IF_EQUAL, 0x53564D41, errno.EINVAL),  # prctl(PR_SET_VMA)
    (257, PROTECTION, IF_ANY, 0o20000000, errno.EISDIR),  # openat with O_TMPFILE
    (285, LENGTH, IF_LARGE, 8, errno.EOPNOTSUPP),  # fallocate(FALLOC_FL_ZERO_RANGE)
]


class Program(ctypes.Structure):
    _fields_ = [("length", ctypes.c_ushort), ("code", ctypes.c_char_p)]


def refuse_fixed_mappings(protection):
    """Refuses mmap with MAP_FIXED and a bit of this protection from now on."""
    filter_calls(
        (LOAD, 0, 0, NUMBER),
        (IF_EQUAL, 0, 5, MMAP),
        (LOAD, 0, 0, FLAGS),
        (IF_ANY, 0, 3, MAP_FIXED),
        (LOAD, 0, 0, PROTECTION),
        (IF_ANY, 0, 1, protection),
        (RETURN, 0, 0, ENOMEM),
        (RETURN, 0, 0, ALLOW),
    )


def refuse_fixed_mappings_below(length):
    """Refuses mmap with MAP_FIXED and a smaller length, and all mremap, from now on."""
    filter_calls(
        (LOAD, 0, 0, NUMBER),
        (IF_EQUAL, 5, 0, MREMAP),
        (IF_EQUAL, 0, 5, MMAP),
        (LOAD, 0, 0, FLAGS),
        (IF_ANY, 0, 3, MAP_FIXED),
        (LOAD, 0, 0, LENGTH),
        (IF_LARGE, 1, 0, length),
        (RETURN, 0, 0, ENOMEM),
        (RETURN, 0, 0, ALLOW),
    )


def refuse_moves():
    """Refuses mremap from now on."""
    filter_calls(
        (LOAD, 0, 0, NUMBER),
        (IF_EQUAL, 0, 1, MREMAP),
        (RETURN, 0, 0, ENOMEM),
        (RETURN, 0, 0, ALLOW),
    )


def refuse_newer_than_linux_3_2():
    """Refuses what Linux 3.2 did not have yet, with its errors, from now on."""
    steps = [(LOAD, 0, 0, NUMBER)]
    for number in NEWER_CALLS.values():
        steps += [(IF_EQUAL, 0, 1, number), (RETURN, 0, 0, FAIL | errno.ENOSYS)]
    for number, place, test, bits, error in NEWER_ARGUMENTS:
        steps += [
            (IF_EQUAL, 0, 4, number),
            (LOAD, 0, 0, place),
            (test, 0, 1, bits),
            (RETURN, 0, 0, FAIL | error),
            (RETURN, 0, 0, ALLOW),
        ]
    filter_calls(*steps, (RETURN, 0, 0, ALLOW))


def filter_calls(*steps):
    if platform.machine() != "x86_64":
        skipped("the system calls' numbers are x86-64's")
    code = b"".join(struct.pack("=HBBI", *step) for step in steps)
    libc = ctypes.CDLL(None, use_errno=True)
    program = Program(len(steps), code)
    if libc.prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0):
        skipped("prctl refuses PR_SET_NO_NEW_PRIVS")
    if libc.prctl(PR_SET_SECCOMP, SECCOMP_MODE_FILTER, ctypes.byref(program)):
        skipped("no seccomp here")
