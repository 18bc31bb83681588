"""Damage touched through a buffer is reported while another thread searches the map."""

from prelude import PAGE, expect, fault_of, ironmap, os, survived, tempfile, threading

SIZE = 512 << 20
file = tempfile.TemporaryFile()
file.truncate(SIZE)
m = ironmap.mmap(file.fileno(), 0)
end = SIZE - PAGE
searching = threading.Event()
stop = threading.Event()


def search():
    while not stop.is_set():
        searching.set()
        m.find(b"zz", 0, end)


threads = [threading.Thread(target=search) for _ in range(2)]
for thread in threads:
    thread.start()
searching.wait()
with memoryview(m) as view:
    os.ftruncate(file.fileno(), end)
    expect(bytes(view[-PAGE:]) == bytes(PAGE), "damage is not read as zeros")
    error = fault_of("next call", lambda: m[0])
    expect(error.offset == end, f"offset {error.offset}")
stop.set()
for thread in threads:
    thread.join()
survived()
