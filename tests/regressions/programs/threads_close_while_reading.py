"""Threads read, slice and search while another closes the map and makes a new one."""

from prelude import PAGE, mmap, race, survived, wrong

SIZE = 64 * PAGE
box = [mmap.mmap(-1, SIZE)]


def replace():
    old = box[0]
    box[0] = mmap.mmap(-1, SIZE)
    old.close()


def check(data):
    if any(data):
        wrong("garbage")


def read():
    m = box[0]
    m.seek(0)
    check(m.read(1000))


def search():
    if box[0].find(b"zz") != -1:
        wrong("found what is not there")


race(replace, read, lambda: check(box[0][100:5000]), search, lambda: check(box[0][::3]))
survived()
