"""SIGBUS gets another handler after the last map: a new map installs ours, which delegates to it."""

from prelude import cut_map, expect, grow, must_fault, new_map, os, signal, survived

received = []
file, m = new_map()
signal.signal(signal.SIGBUS, lambda number, frame: received.append(number))
other_file, other = cut_map()
os.ftruncate(file.fileno(), 0)
must_fault("new map", other, lambda: other[0], 0, 0)
must_fault("old map", m, lambda: m[0], 0, 0)
expect(not received, "the handler got a fault of the map")
os.kill(os.getpid(), signal.SIGBUS)
expect(received == [signal.SIGBUS], f"the handler got {received}")
grow(m, file)
survived()
