"""Threads take and drop views while another closes: no view may see freed memory."""

import hashlib
import time

from prelude import PAGE, mmap, race, survived, wrong

SIZE = 16 * PAGE
box = [mmap.mmap(-1, SIZE)]


def replace():
    old = box[0]
    box[0] = mmap.mmap(-1, SIZE)
    for _ in range(100):
        try:
            return old.close()
        except BufferError:
            time.sleep(0.0005)


def view():
    with memoryview(box[0]) as data:
        if any(data[:64]) or any(data[-64:]):
            wrong("garbage")


def digest():
    hashlib.sha256(box[0]).digest()


race(replace, view, view, digest, digest)
survived()
