"""A fault in another library's memory while other threads fault."""

import time

import foreign
from prelude import cut_map, dies, ironmap, threading


def fault():
    file, m = cut_map()
    while True:
        try:
            m[:]
        except ironmap.FaultError:
            pass


for _ in range(3):
    threading.Thread(target=fault, daemon=True).start()
address = foreign.cut_mapping(1)
time.sleep(0.2)
dies(lambda: foreign.load(address))
