"""A C handler from before ours that never returns (siglongjmp): it goes on getting its own faults, we ours."""

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
    expect(handler.load_or_jump(broken) == -1, "the handler did not come")
    fault_of_ours()
    expect(handler.kill_or_jump() == -1, "the handler did not come for a kill")
    expect(not blocked(), "SIGBUS stays blocked")

# A restore waits for handlers that are at work: none is, after all these jumps. And a
# handler that is put on top now is told from one that hands on a kill.
expect(handler.kill_or_jump() == -1, "the handler did not come for a kill")
other_file, other = cut_map()
faulthandler.enable(file=open(os.devnull, "w"))
must_fault("behind faulthandler", other, lambda: other[0], 0, 0)
fault_of_ours()
expect(handler.load_or_jump(broken) == -1, "the handler did not come at the end")
survived()
