"""The number of the map's descriptor becomes that of a device, a directory, a /proc file."""

import os

from prelude import PAGE, attempt, mmap, new_file, survived, wrong


def hidden_descriptor(make):
    before = set(os.listdir("/proc/self/fd"))
    made = make()
    after = set(os.listdir("/proc/self/fd")) - before
    open_now = [int(fd) for fd in after if os.path.exists(f"/proc/self/fd/{fd}")]
    return made, open_now


for path in ("/dev/null", "/dev/zero", "/", "/proc/self/stat"):
    file = new_file(2)
    m, hidden = hidden_descriptor(lambda: mmap.mmap(file.fileno(), 0))
    other = os.open(path, os.O_RDONLY)
    for fd in hidden:
        os.dup2(other, fd)
    attempt(f"{path} size", m.size)
    attempt(f"{path} resize", lambda: m.resize(PAGE))
    m.close()
    if any(not os.path.exists(f"/proc/self/fd/{fd}") for fd in hidden):
        wrong("close() closed a descriptor of other code")
survived()
