"""An earlier C handler that never returns (siglongjmp) gets its own faults, and ours are survived."""

import ctypes

import foreign
from compiled import library
from prelude import cut_map, expect, faulthandler, grow, must_fault, new_map, os, signal, survived

faulthandler.disable()
handler = library("jumping_handler")
handler.load_or_jump.argtypes = [ctypes.c_void_p]
expect(handler.install_jumping() == 0, "sigaction")
file, m = new_map()
broken = foreign.cut_mapping(2)


def blocked():
    return signal.SIGBUS in signal.pthread_sigmask(signal.SIG_BLOCK, [])


def fault_of_ours():
    os.ftruncate(file.fileno(), 0)
    must_fault("ours", m, lambda: m[:], 0, 0)
    grow(m, file)


for _ in range(200):
    expect(handler.load_or_jump(broken) == -1, "the handler was not called")
    fault_of_ours()
    expect(handler.kill_or_jump() == -1, "the handler was not called for a kill")
    expect(not blocked(), "SIGBUS stays blocked")

# A restore waits for running handlers: after all these jumps there is none. And a handler
# installed above ours now is not mistaken for one that delegates a kill.
expect(handler.kill_or_jump() == -1, "the handler was not called for a kill")
other_file, other = cut_map()
faulthandler.enable(file=open(os.devnull, "w"))
must_fault("behind faulthandler", other, lambda: other[0], 0, 0)
fault_of_ours()
expect(handler.load_or_jump(broken) == -1, "the handler was not called at the end")
survived()
