"""The end of the programs of regressions/ and sigbus/, and access to memory by address.

The last line of a program is "SURVIVED: …" and its exit status 0, or it is "WRONG: …"
and 1, or "SKIPPED: …" and 77.
"""

import ctypes
import os

notes = []


def wrong(message):
    print("WRONG:", message, flush=True)
    os._exit(1)


def skipped(reason):
    print("SKIPPED:", reason, flush=True)
    os._exit(77)


def survived():
    print("SURVIVED:", "; ".join(notes), flush=True)
    os._exit(0)


def kept_address(m):
    """Returns the map's address without an export, as numpy.ndarray(buffer=m) has it."""
    return ctypes.addressof(ctypes.c_char.from_buffer(m))


def loaded(address, length):
    return ctypes.string_at(address, length)


def store(address, value):
    ctypes.memmove(address, value, len(value))
