"""Fork while another thread is inside find(): no lock may stay held in the child."""

import threading

from prelude import PAGE, in_child, mmap, notes, survived, wrong

m = mmap.mmap(-1, 8000 * PAGE)
m[:] = bytes(len(m))
stop = threading.Event()


def search():
    while not stop.is_set():
        m.find(b"zz", 0)


def child():
    if m[5] != 0 or m.find(b"q", 0, 100) != -1:
        wrong("garbage in the child")
    m.find(b"zz", 0)
    m.flush()
    m.close()


thread = threading.Thread(target=search, daemon=True)
thread.start()
for _ in range(20):
    in_child(child)
stop.set()
thread.join()
notes.append("20 children used the map and closed it")
survived()
