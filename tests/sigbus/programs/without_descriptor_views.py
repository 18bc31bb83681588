"""trackfd=False: a new view does not show permanent zeros as the file's bytes, and close reports reads."""

from prelude import PAGE, check_error, cut_map, expect, fault_of, survived


def check(label, error):
    check_error(label, error, PAGE, None)


file, m = cut_map(keep=PAGE, trackfd=False)
bytes_read = bytes(memoryview(m))
expect(bytes_read[PAGE:] == bytes(3 * PAGE), "damage is not read as zeros")
check("next call", fault_of("next call", lambda: m[0]))
expect(m[0] == bytes_read[0], "a sound byte")
for _ in range(2):
    check("a new view", fault_of("a new view", lambda: memoryview(m)))
expect(m[0] == bytes_read[0], "a sound byte")
m.close()

file, m = cut_map(keep=PAGE, trackfd=False)
view = memoryview(m)
bytes(view)
check("next call", fault_of("next call", lambda: m[0]))
expect(view[PAGE] == 0 and m[0] == bytes_read[0], "wrong bytes")
view.release()
check("close", fault_of("close", m.close))
expect(m.closed, "the map is open")
survived()
