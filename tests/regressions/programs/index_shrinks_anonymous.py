"""The value's __index__ shrinks an anonymous map, so the address of the store is unmapped."""

from prelude import PAGE, Index, attempt, mmap, survived

m = mmap.mmap(-1, 100 * PAGE)
attempt("m[90 * PAGE] = E", lambda: m.__setitem__(90 * PAGE, Index(0, lambda: m.resize(PAGE))))
survived()
