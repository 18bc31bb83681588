"""Several threads close, resize and leave one map at the same moment."""

import threading

from prelude import PAGE, new_map, notes, survived, wrong

for _ in range(200):
    m = new_map(4)
    barrier = threading.Barrier(4)

    def act(action):
        barrier.wait()
        try:
            action()
        except (ValueError, BufferError):
            pass

    actions = [m.close, m.close, lambda: m.resize(PAGE), lambda: m.__exit__(None, None, None)]
    threads = [threading.Thread(target=act, args=(action,)) for action in actions]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    if not m.closed:
        wrong("close() returned and the map is open")
notes.append("200 maps closed once each")
survived()
