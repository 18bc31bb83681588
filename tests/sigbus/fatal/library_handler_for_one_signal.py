"""An earlier handler with SA_RESETHAND gets one signal, and the next one kills."""

import foreign
from prelude import PAGE, cut_map, dies, expect, faulthandler, must_fault

faulthandler.disable()
calls = []


def repair(number, info, context):
    calls.append(number)
    foreign.cover(info.contents.address & -PAGE)


handler = foreign.install(repair, foreign.SA_SIGINFO | foreign.SA_RESETHAND)
file, m = cut_map()
must_fault("item", m, lambda: m[0], 0, 0)
expect(foreign.load(foreign.cut_mapping(1)) == 0, "wrong byte")
expect(len(calls) == 1, f"{len(calls)} calls")
address = foreign.cut_mapping(1)
dies(lambda: foreign.load(address))
