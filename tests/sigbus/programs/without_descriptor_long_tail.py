"""trackfd=False: the end of the file is unknown, and a long tail is still only a few faults."""

from prelude import PAGE, content, cut_map, expect, fault_of, survived

for options in ({}, {"access": 1}):
    file, m = cut_map(pages=5000, keep=PAGE, trackfd=False, **options)
    view = memoryview(m)
    error = fault_of("find", lambda: m.find(b"\xff", 0))
    expect(error.offset == PAGE, f"offset {error.offset}")
    # A search ends at the first fault. This read goes on, and forwards: a copy of the C library
    # may go backwards.
    bytes(view[::PAGE])
    view.release()
    expect(1 < m.faults < 20, f"{m.faults} faults")

# A new map at the old one's address: its first fault loses one page again.
file, m = cut_map(pages=2048, keep=0, trackfd=False)
with memoryview(m) as view:
    for page in range(1023):
        view[page * PAGE]
fault_of("next call", lambda: m[0])
m.close()
file, m = cut_map(pages=2048, keep=1023 * PAGE, trackfd=False)
fault_of("item", lambda: m[1023 * PAGE])
file.seek(0)
file.write(content(2048 * PAGE))
file.flush()
expect(m[1024 * PAGE :] == content(2048 * PAGE)[1024 * PAGE :], "more than a page is lost")
survived()
