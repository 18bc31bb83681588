"""A kill from outside while threads install the handler again and again, and a file is short."""

import time

from prelude import cut_map, dies, expect, faulthandler, ironmap, new_file, os, signal, threading

from hang import HANG

KILLS = 60


def make_maps(ready):
    """In a child: each thread installs the handler in a loop."""
    faulthandler.disable()
    cut = cut_map()
    other = new_file()

    def again_and_again():
        while True:
            ironmap.mmap(other.fileno(), 0).close()

    for _ in range(2):
        threading.Thread(target=again_and_again, daemon=True).start()
    os.write(ready, b"x")
    time.sleep(HANG / 2)
    os._exit(bool(cut) and 42)


def kill_a_child():
    ends = os.pipe()
    child = os.fork()
    if child == 0:
        make_maps(ends[1])
    os.read(ends[0], 1)
    time.sleep(0.001)
    os.kill(child, signal.SIGBUS)
    return os.waitpid(child, 0)[1]


for _ in range(KILLS):
    status = kill_a_child()
    expect(
        os.WIFSIGNALED(status) and os.WTERMSIG(status) == signal.SIGBUS,
        f"swallowed: status {status}",
    )
dies(lambda: os.kill(os.getpid(), signal.SIGBUS))
