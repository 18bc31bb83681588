"""A long successful search does not acknowledge damage that a view, released meanwhile, touched."""

from prelude import PAGE, expect, ironmap, must_report, skipped, survived, tempfile, threading

SIZE, KEPT = 1 << 30, 512 << 20
searches_that_reported = 0

for attempt in range(3):
    file = tempfile.TemporaryFile()
    file.truncate(SIZE)
    m = ironmap.mmap(file.fileno(), 0)
    m[KEPT - 2 : KEPT] = b"zz"
    view = memoryview(m)
    file.truncate(KEPT)
    searching, reported = threading.Event(), threading.Event()

    def search():
        searching.set()
        try:
            expect(m.find(b"zz", 0) == KEPT - 2, "not found")
        except ironmap.FaultError:
            # Without a GIL it may begin after the view has met the damage.
            reported.set()

    thread = threading.Thread(target=search)
    thread.start()
    searching.wait()
    expect(view[KEPT + 5 * PAGE] == 0, "damage is not read as zeros")
    view.release()
    thread.join()
    if reported.is_set():
        searches_that_reported += 1
    else:
        must_report("next call", lambda: m[0], KEPT, KEPT)
    m.close()
if searches_that_reported == 3:
    skipped("each search began after the view had met the damage")
survived()
