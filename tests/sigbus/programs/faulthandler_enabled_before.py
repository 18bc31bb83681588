"""faulthandler is enabled first: faults of the map do not reach it."""

from prelude import cut_map, expect, faulthandler, grow, must_fault, survived, tempfile

with tempfile.TemporaryFile() as printed:
    faulthandler.disable()
    faulthandler.enable(file=printed)
    file, m = cut_map()
    must_fault("item", m, lambda: m[0], 0, 0)
    must_fault("slice", m, lambda: m[:], 0, 0)
    grow(m, file)
    printed.seek(0)
    expect(printed.read() == b"", "faulthandler printed a fault of the map")
survived()
