"""Threads use a map's address while it is closed, resized and its file cut."""

import ctypes
import sys

from prelude import PAGE, in_threads, kept_address, new_map, notes, os, survived

PAGES = 64
libc = ctypes.CDLL(None)
libc.memset.argtypes = [ctypes.c_void_p, ctypes.c_int, ctypes.c_size_t]
libc.memcmp.argtypes = [ctypes.c_void_p, ctypes.c_void_p, ctypes.c_size_t]
libc.memcmp.restype = ctypes.c_int
told = []
sys.unraisablehook = lambda unraisable: told.append(unraisable.exc_value)


def resize(m, file):
    m.resize(2 * PAGE)
    m.resize(PAGES * PAGE)
    m.resize(PAGE)
    m.resize(9 * PAGES * PAGE)


def cut_and_close(m, file):
    os.ftruncate(file.fileno(), PAGE)
    m.close()


def round_of(act):
    file, m = new_map(PAGES)
    address, over = kept_address(m), []

    def use():
        while not over:
            libc.memset(address, 1, PAGES * PAGE)
            libc.memcmp(address, address + PAGES * PAGE // 2, PAGES * PAGE // 2)

    def change():
        try:
            act(m, file)
        except OSError as error:
            notes[:] = [f"{error}"]
        over.append(True)

    in_threads(use, use, change)


for _ in range(60):
    for act in (lambda m, file: m.close(), resize, cut_and_close):
        round_of(act)
survived()
