"""Odd combinations of protection, flags and access; directories, pipes, sockets, devices."""

import os
import socket

from prelude import PAGE, attempt, mmap, new_file, survived, wrong

file = new_file(1)
fd = file.fileno()
read_only = os.open("/proc/self/exe", os.O_RDONLY)
write_only = os.open(os.devnull, os.O_WRONLY)
directory = os.open("/", os.O_RDONLY)
process_file = os.open("/proc/self/stat", os.O_RDONLY)
zero = os.open("/dev/zero", os.O_RDWR)
pipe, _ = os.pipe()
connection = socket.socket()
CALLS = [
    ((fd, PAGE), {"access": 9}),
    ((fd, PAGE), {"access": -1}),
    ((fd, PAGE), {"access": 1, "flags": mmap.MAP_PRIVATE}),
    ((fd, PAGE), {"access": 1, "prot": 1}),
    ((fd, PAGE), {"flags": 0}),
    ((fd, PAGE), {"flags": -1}),
    ((fd, PAGE), {"flags": mmap.MAP_SHARED | mmap.MAP_ANONYMOUS}),
    ((fd, PAGE), {"prot": -1}),
    ((-1, PAGE), {"flags": mmap.MAP_SHARED}),
    ((-1, PAGE), {"flags": mmap.MAP_PRIVATE}),
    *[
        ((number, length), {})
        for number in (read_only, write_only, directory, process_file)
        for length in (PAGE, 0)
    ],
    ((read_only, PAGE), {"access": mmap.ACCESS_WRITE}),
    ((read_only, PAGE), {"access": mmap.ACCESS_READ}),
    *[
        ((number, length), {})
        for number in (pipe, connection.fileno(), zero)
        for length in (PAGE, 0)
    ],
    ((zero, PAGE), {"access": mmap.ACCESS_COPY}),
]


def use(*arguments, **named):
    m = mmap.mmap(*arguments, **named)
    data = m[:]
    m.find(b"zz")
    repr(m)
    m.close()
    return data


for arguments, named in CALLS:
    attempt(f"{arguments} {named}", lambda: use(*arguments, **named))
if file.seek(0) or file.read() != b"A" * PAGE:
    wrong("the file changed")
survived()
