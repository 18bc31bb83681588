"""A handler set by signal.signal before the first map gets real signals, and no fault of the map."""

from prelude import cut_map, expect, grow, must_fault, os, signal, survived

received = []


def note(number, frame):
    received.append(number)


signal.signal(signal.SIGBUS, note)
file, m = cut_map()
must_fault("item", m, lambda: m[0], 0, 0)
must_fault("slice", m, lambda: m[:], 0, 0)
expect(not received, "the handler got a fault of the map")
os.kill(os.getpid(), signal.SIGBUS)
expect(received == [signal.SIGBUS], f"the handler got {received}")
grow(m, file)
signal.raise_signal(signal.SIGBUS)
expect(len(received) == 2, "a signal raised while every file is whole was swallowed")
expect(signal.getsignal(signal.SIGBUS) is note, "the handler is another")
survived()
