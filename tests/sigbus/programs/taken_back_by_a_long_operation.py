"""SIGBUS gets another action after the last map: an operation without the GIL installs ours first."""

from prelude import PAGE, expect, fault_of, new_map, os, signal, survived

file, m = new_map(pages=5 * 1024)
operations = {
    "find": lambda: m.find(b"\xff", 0),
    "slice": lambda: m[:],
    "slice by 3": lambda: m[::3],
    "set slice": lambda: m.__setitem__(slice(None), bytes(len(m))),
    "move": lambda: m.move(0, len(m) // 2, len(m) // 2),
}
os.ftruncate(file.fileno(), 2 * PAGE)
for label, operation in operations.items():
    signal.signal(signal.SIGBUS, signal.SIG_DFL)
    error = fault_of(label, operation)
    expect(error.file_size == 2 * PAGE, f"{label}: {error!r}")
survived()
