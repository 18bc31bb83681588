"""Threads flush, advise and ask for sizes while another closes and makes a new map."""

from prelude import PAGE, mmap, new_map, race, survived

box = [new_map(64)]


def replace():
    old = box[0]
    box[0] = new_map(64)
    old.close()


race(
    replace,
    lambda: box[0].flush(),
    lambda: box[0].flush(PAGE, PAGE),
    lambda: box[0].madvise(mmap.MADV_WILLNEED),
    lambda: box[0].size(),
    lambda: len(box[0]),
    lambda: repr(box[0]),
)
survived()
