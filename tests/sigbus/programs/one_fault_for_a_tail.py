"""A truncated tail of 1 GiB is one fault, not one per page."""

from prelude import PAGE, expect, ironmap, must_fault, must_report, os, survived, tempfile

LENGTH = 1 << 30

file = tempfile.TemporaryFile()
os.ftruncate(file.fileno(), LENGTH)
m = ironmap.mmap(file.fileno(), LENGTH)
view = memoryview(m)
os.ftruncate(file.fileno(), PAGE)
expect(not any(view[::PAGE]), "damage is not read as zeros")
expect(m.faults == 1, f"{m.faults} faults, not one")
must_report("next call", lambda: m[0], PAGE, PAGE)
view.release()
must_fault("find", m, lambda: m.find(b"\xff"), PAGE, PAGE)
expect(m.faults == 2, f"{m.faults} faults, not two")
must_fault("all", m, lambda: m[::PAGE], PAGE, PAGE)
expect(m.faults == 3, f"{m.faults} faults, not three")
survived()
