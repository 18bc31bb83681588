"""Objects that an operation has made are freed, exceptions too."""

import gc
import sys
import weakref

import pytest

import ironmap
from inject.operations import FAILING, OPERATIONS, SUCCEEDING, setting

ROUNDS = 20


@pytest.fixture(autouse=True, scope="module")
def no_collection():
    gc.collect()
    # Objects that exist already are not examined again.
    gc.freeze()
    gc.disable()
    yield
    gc.enable()
    gc.unfreeze()


@pytest.fixture(autouse=True)
def nothing_replaced():
    yield
    ironmap.set_fault_hook(None)
    ironmap.uninstall()


def call(operation, maps):
    try:
        operation(maps)
    except Exception as error:
        return type(error)
    return None


def living_exceptions():
    return sum(isinstance(thing, BaseException) for thing in gc.get_objects())


def grows(work):
    """Returns whether each round leaks memory. A free list that fills up does so only once."""

    def left_by_a_batch():
        before = sys.getallocatedblocks()
        for _ in range(ROUNDS):
            work()
        gc.collect()
        # The type cache keeps names alive.
        sys._clear_type_cache()
        return sys.getallocatedblocks() - before

    return all(left_by_a_batch() >= ROUNDS for _ in range(4))


@pytest.mark.parametrize("name", FAILING)
def test_failing_call_leaks_no_reference(name, tmp_path):
    maps, operation = setting(name)(tmp_path), FAILING[name]
    assert call(operation, maps) is not None
    counts = [sys.getrefcount(each) for each in maps.all()]
    exceptions = living_exceptions()
    assert not grows(lambda: call(operation, maps))
    assert [sys.getrefcount(each) for each in maps.all()] == counts
    assert living_exceptions() == exceptions


@pytest.mark.parametrize("name", SUCCEEDING)
def test_call_leaks_no_reference(name, tmp_path):
    make = setting(name)
    assert not grows(lambda: call(SUCCEEDING[name], make(tmp_path)))


@pytest.mark.parametrize("name", OPERATIONS)
def test_map_freed_after_call(name, tmp_path):
    maps = setting(name)(tmp_path)
    left = [weakref.ref(each) for each in maps.all()]
    call(OPERATIONS[name], maps)
    del maps
    assert [each() for each in left] == [None] * len(left)
