"""Every method and operator with odd arguments: ironmap's outcome is that of the stdlib module of
Python 3.15, except where docs/differences.md says so.

Calls with one argument or none are made on every kind of map, others on a few kinds (`FEW`). The
constructor is not called with odd arguments. The weekly test makes all calls, the others a part of
them, another part on each kind. Before 3.15 nothing is compared.
"""

import importlib
import itertools
import sys
import warnings

import pytest

import ironmap

from .calls import all_calls
from .maps import FEW, KINDS, Source
from .meant import Promise
from .outcomes import of

HAS_PROMISED_MODULE = sys.version_info >= (3, 15)
# The number of differences that are printed.
MOST = 20
# The short tests make one in so many calls, and with nothing to compare with fewer.
PARTS = 16 if HAS_PROMISED_MODULE else 64
beside_stdlib = pytest.mark.skipif(
    not HAS_PROMISED_MODULE, reason="compares with the stdlib module of Python 3.15"
)
each_kind = pytest.mark.parametrize("kind", KINDS, ids=str)


def some_calls(kind):
    """Yields the calls of a short test that are made on this kind of map."""
    for call in itertools.islice(all_calls(), KINDS.index(kind) % PARTS, None, PARTS):
        if is_made(call, kind):
            yield call


def is_made(call, kind):
    return len(call.names) <= 1 or kind in FEW


@beside_stdlib
@each_kind
def test_grid_some_calls_same_outcomes(kind):
    compare(kind, some_calls(kind))


@beside_stdlib
@pytest.mark.weekly
@each_kind
def test_grid_same_outcomes(kind):
    assert compare(kind, (call for call in all_calls() if is_made(call, kind))) > 1000


@pytest.mark.skipif(HAS_PROMISED_MODULE, reason="the test beside the stdlib module shows more")
@each_kind
def test_grid_some_calls_leave_map_usable(kind):
    subject = Source(kind, ironmap)
    for call in some_calls(kind):
        outcome, _ = of(call, subject)
        # A panic is one.
        assert outcome[:2] != ("raised", "SystemError"), call
    subject.close()


def compare(kind, calls):
    """Compares the outcomes of calls, and returns their number."""
    promise = Promise(kind, importlib.import_module("mmap"))
    subject = Source(kind, ironmap)
    different = []
    compared = 0
    with warnings.catch_warnings():
        # ~True
        warnings.simplefilter("ignore", DeprecationWarning)
        for call in calls:
            compared += 1
            expected, got = promise.stdlib(call), of(call, subject)
            if expected != got and not promise.is_kept(call, expected, got):
                different.append(f"{call}\n  promised: {expected}\n  got:      {got}")
    promise.close()
    subject.close()
    print(f"{compared} calls on {kind}")
    assert not different, f"{len(different)}:\n" + "\n".join(different[:MOST])
    return compared
