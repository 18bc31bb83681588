"""SIGBUS gets another action after the last map: resize() installs ours."""

from prelude import PAGE, must_fault, new_map, os, signal, survived

file, m = new_map()
signal.signal(signal.SIGBUS, signal.SIG_DFL)
m.resize(3 * PAGE)
os.ftruncate(file.fileno(), PAGE)
must_fault("after resize", m, lambda: m[:], PAGE, PAGE)
survived()
