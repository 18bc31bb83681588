"""The garbage collector runs at each allocation, with maps in cycles and half made."""

import gc

from prelude import PAGE, mmap, new_map, notes, survived, wrong


class Node(mmap.mmap):
    pass


gc.set_threshold(1, 1, 1)
for turn in range(300):
    node = Node(-1, PAGE)
    node.self = node
    node.view = memoryview(node)
    node.iterator = iter(node)
    next(node.iterator)
    node[:3] = b"abc"
    if node.find(b"c") != 2 or node.read(3) != b"abc" or node[::2][:1] != b"a":
        wrong("garbage")
    if turn % 50 == 0:
        with new_map(2) as m:
            m.resize(PAGE)
            m.readline()
gc.collect()
open_maps = sum(isinstance(thing, Node) for thing in gc.get_objects())
if open_maps > 2:
    wrong(f"{open_maps} maps are never collected")
notes.append("300 cycles")
survived()
