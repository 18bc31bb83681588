"""An earlier C handler gets the SIGBUS of its own memory, with its siginfo, and none of ours."""

import platform

import foreign
from prelude import PAGE, cut_map, expect, grow, must_fault, signal, skipped, survived

if platform.machine() != "x86_64":
    skipped("knows the layout of siginfo_t on x86-64 only")

BUS_ADRERR = 2
seen = []


def repair(number, info, context):
    seen.append((number, info.contents.code, info.contents.address))
    foreign.cover(info.contents.address & -PAGE)


handler = foreign.install(repair)
file, m = cut_map()
must_fault("our own", m, lambda: m[0], 0, 0)
expect(not seen, "the handler got a fault of the map")
start = foreign.cut_mapping(2)
expect(foreign.load(start + PAGE + 3) == 0, "wrong byte")
expect(
    seen == [(signal.SIGBUS, BUS_ADRERR, start + PAGE + 3)],
    f"the handler got {seen}, not the fault at {start + PAGE + 3:#x}",
)
must_fault("our own again", m, lambda: m[:], 0, 0)
expect(len(seen) == 1, "the handler got a fault of the map")
grow(m, file)
survived()
