"""SIGBUS is set to SIG_IGN after the last map was made and used: the next fault kills.

This is documented: no small access checks the signal. ensure_fault_guard, a new map or a
long operation would install the handler again.
"""

from prelude import cut_map, dies, expect, ironmap, signal

file, m = cut_map(keep=1)
m[0]
signal.signal(signal.SIGBUS, signal.SIG_IGN)
expect(ironmap.fault_guard() == "replaced", ironmap.fault_guard())
dies(lambda: m[-1], tracebacks=0)
