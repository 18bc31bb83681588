"""A fault on a small alternate stack: our handler takes little more than the system."""

import ctypes
import platform
import sys

from compiled import library
from prelude import (
    cut_map,
    expect,
    faulthandler,
    in_threads,
    must_report,
    notes,
    skipped,
    survived,
)

from stacks import use_small_stacks

if sys.platform != "linux":
    skipped("only Linux says how much of the stack the system needs")

AT_MINSIGSTKSZ = 51
MINSIGSTKSZ = 2048  # For kernels without AT_MINSIGSTKSZ.
# As docs/faults.md says.
NEEDED = 1280 if platform.machine() == "aarch64" else 1024
LARGE = 64 << 10

stack = library("small_stack")
stack.stack_used_by_load.argtypes = [ctypes.c_void_p, ctypes.c_long]
stack.stack_used_by_system.argtypes = [ctypes.c_long]
stack.stack_used_by_load.restype = stack.stack_used_by_system.restype = ctypes.c_long
faulthandler.disable()


def stack_used_by_fault(size):
    file, m = cut_map()
    address = ctypes.addressof(ctypes.c_char.from_buffer(m))
    used = stack.stack_used_by_load(address, size)
    must_report("next call", lambda: m[0], 0, 0)
    return used


system = stack.stack_used_by_system(LARGE)
ours = stack_used_by_fault(LARGE) - system
notes.append(f"the system needs {system} bytes, our handler {ours}")
expect(0 < ours <= NEEDED, notes[-1])

smallest = NEEDED + max(ctypes.CDLL(None).getauxval(AT_MINSIGSTKSZ), MINSIGSTKSZ)


def fault():
    used = stack_used_by_fault(smallest)
    expect(0 < used <= smallest, f"{used} bytes were used of a stack of {smallest}")


fault()
use_small_stacks(64)
in_threads(fault, fault)
survived()
