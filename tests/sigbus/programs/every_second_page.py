"""Every second page of a truncated map of 512 MiB through a memoryview, in both directions.

Repaired one by one, the pages would be more mappings than a process can have.
"""

from prelude import PAGE, expect, ironmap, must_report, notes, os, survived, tempfile

LENGTH = 512 << 20

for step in (2 * PAGE, -2 * PAGE):
    file = tempfile.TemporaryFile()
    os.ftruncate(file.fileno(), LENGTH)
    m = ironmap.mmap(file.fileno(), LENGTH)
    view = memoryview(m)
    os.ftruncate(file.fileno(), PAGE)
    expect(not any(view[::step]), "damage is not read as zeros")
    notes.append(f"step {step}: {m.faults} faults")
    must_report("next call", lambda: m[0], PAGE, PAGE)
    view.release()
    m.close()
    file.close()
survived()
