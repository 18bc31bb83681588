"""A Go library in the process: Go installs a handler for SIGBUS when it is loaded.

Arguments: the library, and "before" or "after" for the order of library and first map.
"""

import ctypes
import sys

from prelude import (
    PAGE,
    expect,
    grow,
    in_threads,
    ironmap,
    must_fault,
    must_report,
    new_map,
    os,
    survived,
)

path, order = sys.argv[1:]


def load_library():
    library = ctypes.CDLL(path)
    library.Load.argtypes = [ctypes.c_void_p]
    expect(library.Work(8) == sum(range(8)), "Go does not work")
    return library


def used_map():
    file, m = new_map()
    m[0]
    return file, m


go = load_library() if order == "before" else None
file, m = used_map()
go = go or load_library()


def fault(label, file, m):
    os.ftruncate(file.fileno(), PAGE)
    must_fault(label, m, lambda: m[2 * PAGE], 2 * PAGE, PAGE)
    go.Work(8)
    grow(m, file)


def fault_of_a_map_of_its_own():
    fault("thread", *used_map())


# Go delegates faults outside its code to the previous handler.
fault("main thread", file, m)
in_threads(*[fault_of_a_map_of_its_own] * 3)
# Faults in its code are panics, unless our handler is called first.
ironmap.ensure_fault_guard()
os.ftruncate(file.fileno(), PAGE)
address = ctypes.addressof(ctypes.c_char.from_buffer(m))
expect(go.Load(address + 3 * PAGE) == 0, "Go has read another byte than a zero")
must_report("Go's code", lambda: m[0], PAGE, PAGE)
go.Work(8)
survived()
