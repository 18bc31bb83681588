"""Makes system calls fail with ENOMEM, by seccomp, on Linux x86-64."""

import ctypes
import platform
import struct

from prelude import skipped

PR_SET_NO_NEW_PRIVS, PR_SET_SECCOMP, SECCOMP_MODE_FILTER = 38, 22, 2
LOAD, IF_EQUAL, IF_LARGE, IF_ANY, RETURN = 0x20, 0x15, 0x35, 0x45, 0x06  # Classic BPF.
ALLOW, ENOMEM = 0x7FFF0000, 0x00050000 | 12
MMAP, MREMAP, MAP_FIXED = 9, 25, 0x10
NUMBER, LENGTH, PROTECTION, FLAGS = 0, 16 + 8 * 1, 16 + 8 * 2, 16 + 8 * 3


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
