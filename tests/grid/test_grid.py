"""Every method and operator with odd arguments: ironmap's outcome is that of the stdlib module of
Python 3.15, except where docs/differences.md says so.

Calls with one argument or none are made on every kind of map, others on a few kinds (`FEW`). The
constructor is not called with odd arguments.
"""

import collections
import importlib
import sys
import warnings

import pytest

import ironmap

from .calls import all_calls
from .maps import FEW, KINDS, Source
from .meant import Promise
from .outcomes import of

pytestmark = pytest.mark.skipif(
    sys.version_info < (3, 15), reason="compares with the stdlib module of Python 3.15"
)

# The number of differences that are printed.
MOST = 20


@pytest.mark.parametrize("kind", KINDS, ids=str)
def test_grid_same_outcomes(kind):
    promise = Promise(kind, importlib.import_module("mmap"))
    subject = Source(kind, ironmap)
    different = []
    compared = collections.Counter()
    with warnings.catch_warnings():
        # ~True
        warnings.simplefilter("ignore", DeprecationWarning)
        for call in all_calls():
            if len(call.names) > 1 and kind not in FEW:
                continue
            compared[call.function.__name__] += 1
            expected, got = promise.stdlib(call), of(call, subject)
            if expected != got and not promise.is_kept(call, expected, got):
                different.append(f"{call}\n  promised: {expected}\n  got:      {got}")
    promise.close()
    subject.close()
    print(f"{compared.total()} calls on {kind}")
    assert compared.total() > 1000
    assert not different, f"{len(different)}:\n" + "\n".join(different[:MOST])
