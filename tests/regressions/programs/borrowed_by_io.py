"""The system writes into the map's memory while another thread tries to close or resize it."""

import os
import socket
import threading
import time

from prelude import PAGE, must_raise, new_map, notes, survived, wrong


def through_pipe(m):
    reader, writer = os.pipe()
    return open(reader, "rb", buffering=0).readinto, lambda: os.write(writer, b"B" * 10)


def through_socket(m):
    left, right = socket.socketpair()
    return left.recv_into, lambda: right.send(b"B" * 10)


for way in (through_pipe, through_socket):
    m = new_map(1)
    fill, release = way(m)
    thread = threading.Thread(target=fill, args=(m,))
    thread.start()
    time.sleep(0.2)
    must_raise("close", BufferError, m.close)
    must_raise("resize", BufferError, lambda: m.resize(9 * PAGE))
    release()
    thread.join()
    if m[:11] != b"B" * 10 + b"A":
        wrong("the bytes went elsewhere")
    m.close()
notes.append("no memory was taken away")
survived()
