"""SIGBUS is set to SIG_IGN after the last map was made: its first use installs the handler again."""

from prelude import PAGE, cut_map, grow, ironmap, must_fault, os, signal, survived, tempfile

file, m = cut_map()
signal.signal(signal.SIGBUS, signal.SIG_IGN)
must_fault("item", m, lambda: m[0], 0, 0)
grow(m, file)

with tempfile.NamedTemporaryFile() as named:
    named.truncate(4 * PAGE)
    m = ironmap.open(named.name)
    signal.signal(signal.SIGBUS, signal.SIG_IGN)
    os.truncate(named.name, 0)
    must_fault("map by its path", m, lambda: m.find(b"\xff"), 0, 0)
survived()
