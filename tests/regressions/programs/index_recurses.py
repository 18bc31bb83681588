"""An __index__ that calls the method again with itself."""

from prelude import Index, attempt, new_map, survived, wrong

m = new_map()
again = Index(1, lambda: m.find(b"B", again))
attempt("find", lambda: m.find(b"B", again))
again = Index(1, lambda: m.read(again))
attempt("read", lambda: m.read(again))
again = Index(1, lambda: m.__setitem__(0, again))
attempt("m[0] = E", lambda: m.__setitem__(0, again))
again = Index(1, lambda: m.resize(again))
attempt("resize", lambda: m.resize(again))
if m[:1] != b"A":
    wrong("a store that never finished its conversion was done")
survived()
