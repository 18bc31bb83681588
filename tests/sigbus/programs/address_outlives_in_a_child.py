"""A forked child has zeros at the address of a closed map, and its own copy of them."""

from prelude import PAGE, expect, in_surviving_child, kept_address, loaded, new_map, store, survived

file, m = new_map()
address = kept_address(m)
m.close()


def child():
    global m
    expect(loaded(address, PAGE) == bytes(PAGE), "the child sees something")
    store(address, b"x" * PAGE)
    del m


in_surviving_child(child)
expect(loaded(address, 4 * PAGE) == bytes(4 * PAGE), "the child's store reached its parent")
survived()
