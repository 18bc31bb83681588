"""Memory mappings and signal handlers of another library, made with ctypes."""

import ctypes
import mmap
import os
import signal
import tempfile

from prelude import mappings_of

PAGE = mmap.PAGESIZE
MAP_FIXED = 16

libc = ctypes.CDLL(None, use_errno=True)
libc.mmap.restype = ctypes.c_void_p
libc.mmap.argtypes = [ctypes.c_void_p, ctypes.c_size_t, *[ctypes.c_int] * 3, ctypes.c_long]


class SignalInfo(ctypes.Structure):
    _fields_ = [
        ("number", ctypes.c_int),
        ("errno", ctypes.c_int),
        ("code", ctypes.c_int),
        ("address", ctypes.c_void_p),
    ]


Handler = ctypes.CFUNCTYPE(None, ctypes.c_int, ctypes.POINTER(SignalInfo), ctypes.c_void_p)


class Action(ctypes.Structure):
    _fields_ = [
        ("handler", ctypes.c_void_p),
        ("mask", ctypes.c_byte * 128),
        ("flags", ctypes.c_int),
        ("restorer", ctypes.c_void_p),
    ]


SA_SIGINFO, SA_NODEFER, SA_RESETHAND = 4, 0x40000000, 0x80000000


def install(function, flags=SA_SIGINFO | SA_NODEFER, blocked=()):
    """Installs a function as the handler of SIGBUS; the caller must keep the result."""
    handler = Handler(function)
    reinstall(handler, flags, blocked)
    return handler


def reinstall(handler, flags=SA_SIGINFO | SA_NODEFER, blocked=()):
    """Installs a result of ``install`` again."""
    action = Action(ctypes.cast(handler, ctypes.c_void_p).value, flags=ctypes.c_int(flags).value)
    for number in blocked:
        libc.sigaddset(ctypes.byref(action, Action.mask.offset), number)
    if libc.sigaction(signal.SIGBUS, ctypes.byref(action), None):
        raise OSError(ctypes.get_errno(), "sigaction")


def installed():
    """Returns the address of SIGBUS's handler."""
    action = Action()
    libc.sigaction(signal.SIGBUS, None, ctypes.byref(action))
    return action.handler


def start_of(file):
    """Returns the address of a file's only map, without an export."""
    (address,) = mappings_of(file)
    return address


def cut_mapping(pages, address=None):
    """Maps a file without ironmap, truncates it to nothing, and returns the address."""
    with tempfile.TemporaryFile() as file:
        os.ftruncate(file.fileno(), pages * PAGE)
        flags = mmap.MAP_SHARED | (MAP_FIXED if address else 0)
        start = libc.mmap(address, pages * PAGE, mmap.PROT_READ, flags, file.fileno(), 0)
        if start == ctypes.c_void_p(-1).value:
            raise OSError(ctypes.get_errno(), "mmap")
        os.ftruncate(file.fileno(), 0)
    return start


def cover(page):
    """Replaces a page by zeros."""
    flags = mmap.MAP_PRIVATE | mmap.MAP_ANONYMOUS | MAP_FIXED
    libc.mmap(page, PAGE, mmap.PROT_READ | mmap.PROT_WRITE, flags, -1, 0)


def load(address):
    return ctypes.string_at(address, 1)[0]
