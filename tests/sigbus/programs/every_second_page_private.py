"""The same with an ACCESS_COPY map, whose tail cannot be replaced as easily."""

from prelude import PAGE, expect, ironmap, must_report, notes, os, survived, tempfile

LENGTH = 768 << 20

file = tempfile.TemporaryFile()
os.ftruncate(file.fileno(), LENGTH)
m = ironmap.mmap(file.fileno(), LENGTH, access=ironmap.ACCESS_COPY)
m[0] = 5
view = memoryview(m)
os.ftruncate(file.fileno(), PAGE)
expect(not any(view[2 * PAGE :: 2 * PAGE]), "damage is not read as zeros")
notes.append(f"{m.faults} faults")
must_report("next call", lambda: m[0], PAGE, PAGE)
expect(m[0] == 5, "a private change in the part that is left is lost")
survived()
