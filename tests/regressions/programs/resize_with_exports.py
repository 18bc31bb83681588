"""resize() and close() while a memoryview is exported must refuse, then work after release."""

from prelude import PAGE, attempt, mmap, must_raise, survived

m = mmap.mmap(-1, 2 * PAGE)
view = memoryview(m)
must_raise("resize", BufferError, lambda: m.resize(PAGE))
must_raise("close", BufferError, m.close)
attempt("view[-1]", lambda: view[-1], lambda byte: byte == 0)
view.release()
attempt("close after release", m.close, lambda result: result is None)
survived()
