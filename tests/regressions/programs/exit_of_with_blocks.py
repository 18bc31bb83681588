"""with blocks of maps that are closed, exported, entered twice or left by an exception."""

from prelude import attempt, must_raise, new_map, survived, wrong


def closed_inside():
    with m:
        m.close()


def exported_inside():
    with m:
        kept.append(memoryview(m))


def entered_twice():
    with m:
        with m:
            pass
        m.read()


def failing():
    with m:
        raise KeyError("inside")


kept = []
m = new_map()
attempt("closed inside", closed_inside, lambda result: result is None)
m = new_map()
must_raise("exported inside", BufferError, exported_inside)
if m.closed or kept[0][0] != 65:
    wrong("a map with a view was closed")
kept.pop().release()
must_raise("entered twice", ValueError, entered_twice)
m = new_map()
must_raise("failing", KeyError, failing)
if not m.closed:
    wrong("the map stays open")
must_raise("enter when closed", ValueError, m.__enter__)
survived()
