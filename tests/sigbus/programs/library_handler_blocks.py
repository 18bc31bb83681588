"""An earlier C handler runs with its signals blocked, and they are unblocked afterwards."""

import foreign
from prelude import PAGE, cut_map, expect, must_fault, signal, survived

seen = []


def repair(number, info, context):
    seen.append(signal.pthread_sigmask(signal.SIG_BLOCK, ()))
    foreign.cover(info.contents.address & -PAGE)


before = signal.pthread_sigmask(signal.SIG_BLOCK, ())
for flags, itself in (
    (foreign.SA_SIGINFO, {signal.SIGBUS}),
    (foreign.SA_SIGINFO | foreign.SA_NODEFER, set()),
):
    handler = foreign.install(repair, flags, blocked=(signal.SIGUSR1,))
    file, m = cut_map()
    must_fault("our own", m, lambda: m[0], 0, 0)
    expect(foreign.load(foreign.cut_mapping(1)) == 0, "wrong byte")
    right = before | itself | {signal.SIGUSR1}
    expect(seen.pop() == right, "other signals are blocked in the handler")
    expect(signal.pthread_sigmask(signal.SIG_BLOCK, ()) == before, "signals stay blocked")
survived()
