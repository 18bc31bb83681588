"""After other code has touched damage, the next call reports it once, for each method."""

from prelude import PAGE, cut_map, expect, ironmap, must_report, survived

CALLS = {
    "item": lambda m: m[0],
    "slice": lambda m: m[:5],
    "slice by 2": lambda m: m[:9:2],
    "set item": lambda m: m.__setitem__(0, 1),
    "set slice": lambda m: m.__setitem__(slice(2), b"xy"),
    "read": lambda m: m.read(1),
    "read_byte": lambda m: m.read_byte(),
    "readline": lambda m: m.readline(),
    "write": lambda m: m.write(b"z"),
    "write_byte": lambda m: m.write_byte(1),
    "find": lambda m: m.find(b"\xff", 0, 5),
    "rfind": lambda m: m.rfind(b"\xff", 0, 5),
    "move": lambda m: m.move(0, 5, 5),
    "seek": lambda m: m.seek(0),
    "size": lambda m: m.size(),
    "len": len,
    "flush": lambda m: m.flush(),
    "madvise": lambda m: m.madvise(ironmap.MADV_NORMAL),
    "resize": lambda m: m.resize(2 * PAGE),
    "iteration": lambda m: next(iter(m)),
    "memoryview": lambda m: memoryview(m).release(),
}

for label, call in CALLS.items():
    file, m = cut_map(keep=PAGE)
    m[5:6] = b"\n"
    shown = bytes(memoryview(m))
    faults = m.faults
    must_report(label, lambda: call(m), PAGE, PAGE)
    expect(len(m) == 4 * PAGE, f"{label}: the call was done")
    expect(m[:PAGE] == shown[:PAGE], f"{label}: the call was done")
    expect(m.tell() == 0, f"{label}: the position moved")
    call(m)
    expect(m.faults == faults == 1, f"{label}: {m.faults} faults, not one")
survived()
