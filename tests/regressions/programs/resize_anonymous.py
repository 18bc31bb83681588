"""Growing a shared anonymous map and reading the new part (SIGBUS)."""

from prelude import PAGE, attempt, mmap, survived

m = mmap.mmap(-1, PAGE)
m[:] = b"A" * PAGE
attempt("resize", lambda: m.resize(4 * PAGE))
attempt("m[:]", lambda: m[:], lambda data: data[:PAGE] == b"A" * PAGE and not any(data[PAGE:]))
attempt("m[-1] = 1", lambda: m.__setitem__(-1, 1))
attempt("shrink", lambda: m.resize(100))
attempt("grow back", lambda: m.resize(PAGE))
attempt("m[:]", lambda: m[:])
survived()
