"""move() from damage, to damage and within it."""

from prelude import PAGE, check_intact, cut_map, grow, must_fault, os, survived

file, m = cut_map(keep=PAGE)
must_fault("from damage", m, lambda: m.move(0, 2 * PAGE, 100), 2 * PAGE, PAGE)
check_intact(m, file)
must_fault("to damage", m, lambda: m.move(2 * PAGE, 0, 100), 2 * PAGE, PAGE)
check_intact(m, file)
os.ftruncate(file.fileno(), 0)
must_fault("within damage", m, lambda: m.move(5, 0, PAGE), 0, 0)
grow(m, file)
survived()
