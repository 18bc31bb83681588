"""os.kill while other threads fault."""

import time

from prelude import cut_map, dies, ironmap, os, signal, threading


def fault():
    file, m = cut_map()
    while True:
        try:
            m[:]
        except ironmap.FaultError:
            pass


for _ in range(3):
    threading.Thread(target=fault, daemon=True).start()
time.sleep(0.2)
dies(lambda: os.kill(os.getpid(), signal.SIGBUS))
