"""Every method and operator, with every odd argument, on every kind of map: ironmap's outcome is
that of the stdlib module of Python 3.15, except where docs/differences.md says so.
"""

import collections
import importlib
import sys
import warnings

import pytest

import ironmap

from .calls import all_calls
from .maps import FEW, KINDS, Source
from .outcomes import of

pytestmark = pytest.mark.skipif(
    sys.version_info < (3, 15), reason="compares with the stdlib module of Python 3.15"
)

# What is printed of the differences.
MOST = 20


def is_meant(kind, call, promised, got):
    """Returns whether docs/differences.md lists the difference."""
    name, arguments = call.function.__name__, list(call.names)
    outcome, left = got
    if kind.name == "MAP_PRIVATE" and "resize" in repr(call):
        return True
    if name in ("m.find", "m.rfind"):
        # None for the start makes the stdlib module ignore the end.
        return len(arguments) == 3 and arguments[1] == "None"
    if name != "m.resize":
        return False
    if call.named:
        # It takes `reserve`, and names another keyword.
        return promised[0][1] == outcome[1] == "TypeError" and promised[1] == left
    if arguments == ["0"]:
        return outcome == ("raised", "ValueError", "new size out of range")
    if arguments == ["maxsize"]:
        return promised[0][1] == outcome[1] == "OSError"
    # The end of a page of private anonymous memory.
    return "MAP_PRIVATE" in kind.name and kind.anonymous and "resizes" in arguments[0]


@pytest.mark.parametrize("kind", KINDS, ids=str)
def test_grid_same_outcomes(kind):
    promised, subject = Source(kind, importlib.import_module("mmap")), Source(kind, ironmap)
    different = []
    compared = collections.Counter()
    with warnings.catch_warnings():
        # ~True
        warnings.simplefilter("ignore", DeprecationWarning)
        for call in all_calls():
            if len(call.names) > 1 and kind not in FEW:
                continue
            compared[call.function.__name__] += 1
            expected, got = of(call, promised), of(call, subject)
            if expected != got and not is_meant(kind, call, expected, got):
                different.append(f"{call}\n  promised: {expected}\n  got:      {got}")
    promised.close()
    subject.close()
    print(f"{compared.total()} calls on {kind}")
    assert compared.total() > 1000
    assert not different, f"{len(different)}:\n" + "\n".join(different[:MOST])
