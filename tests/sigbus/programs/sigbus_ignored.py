"""SIGBUS is set to SIG_IGN before a map is made, as some daemons do."""

from prelude import cut_map, must_fault, signal, survived

signal.signal(signal.SIGBUS, signal.SIG_IGN)
file, m = cut_map()
must_fault("item", m, lambda: m[0], 0, 0)
signal.signal(signal.SIGBUS, signal.SIG_IGN)
file, m = cut_map()
must_fault("item of a new map", m, lambda: m[0], 0, 0)
survived()
