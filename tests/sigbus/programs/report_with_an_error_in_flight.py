"""A `with` block that reports damage keeps the error that leaves it, as the context."""

from prelude import PAGE, check_error, cut_map, expect, fault_of, survived

file, m = cut_map(keep=PAGE)


def fail():
    with m:
        bytes(memoryview(m))
        raise KeyError("mine")


error = fault_of("with", fail)
check_error("with", error, PAGE, PAGE)
expect(isinstance(error.__context__, KeyError), f"the error in flight became {error.__context__!r}")
expect(m.closed, "the map is open")
survived()
