"""restore() shows the file again at damage that other code has touched."""

from prelude import PAGE, content, expect, new_map, os, survived

file, m = new_map()
view = memoryview(m)
os.ftruncate(file.fileno(), PAGE)
expect(bytes(view[2 * PAGE :]) == bytes(2 * PAGE), "damage is not read as zeros")
os.pwrite(file.fileno(), content(4 * PAGE, 1), 0)
expect(bytes(view[2 * PAGE :]) == bytes(2 * PAGE), "the damage went away by itself")
m.restore()
expect(bytes(view) == content(4 * PAGE, 1), "the view does not show the file that has grown again")
view[0] = 1
expect(os.pread(file.fileno(), 1, 0) == b"\1", "a store through the view did not reach the file")
expect(m.faults == 1, f"{m.faults} faults, not one")
survived()
