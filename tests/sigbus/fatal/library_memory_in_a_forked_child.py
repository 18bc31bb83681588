"""A fault in another library's memory in a forked child; then the parent dies of the same signal."""

import foreign
from prelude import cut_map, dies, faulthandler, in_child, must_fault, os, signal

file, m = cut_map()
must_fault("item", m, lambda: m[0], 0, 0)
address = foreign.cut_mapping(1)


def child_then_parent():
    status = in_child(lambda: foreign.load(address))
    faulthandler.disable()
    signal.signal(signal.SIGBUS, signal.SIG_DFL)
    if os.WIFSIGNALED(status):
        os.kill(os.getpid(), os.WTERMSIG(status))


dies(child_then_parent)
