"""A fork during the conversion of an argument; the child closes the map there."""

import os

from prelude import Index, attempt, new_map, notes, survived, wrong


def fork_and_close():
    child = os.fork()
    if child == 0:
        m.close()
        os._exit(0)
    if os.waitpid(child, 0)[1] != 0:
        wrong("the child died")


m = new_map()
attempt("read", lambda: m.read(Index(3, fork_and_close)), lambda data: data == b"AAA")
attempt("find", lambda: m.find(b"A", Index(1, fork_and_close)), lambda at: at == 1)
attempt("m[1] = E", lambda: m.__setitem__(1, Index(66, fork_and_close)))
if m[:3] != b"ABA":
    wrong("the parent's map is wrong")
notes.append("three children")
survived()
