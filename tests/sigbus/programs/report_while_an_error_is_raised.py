"""Maps deallocated while an error propagates do not replace it with their reports."""

import operator
import sys

from prelude import PAGE, check_error, cut_map, expect, survived

told = []
sys.unraisablehook = lambda unraisable: told.append(unraisable.exc_value)


def damaged(_):
    file, m = cut_map(keep=PAGE)
    bytes(memoryview(m))
    return m


try:
    # The list of maps is freed inside this call, with the TypeError on its way.
    sorted(map(damaged, range(2)), key=operator.index)
except TypeError as error:
    expect("cannot be interpreted as an integer" in str(error), f"the error became {error!r}")
else:
    expect(False, "no error came out")
expect(len(told) == 2, f"told {told}")
for error in told:
    check_error("freed", error, PAGE, PAGE)
survived()
