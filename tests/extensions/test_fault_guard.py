"""The types of the functions of the fault guard can be imported."""

from typing import get_args, get_type_hints

import ironmap


def test_fault_guard_types_importable():
    from ironmap import FaultGuard, FaultHook, FaultReport

    assert get_args(FaultGuard) == ("active", "idle", "replaced", "blocked", "off")
    assert ironmap.fault_guard() in get_args(FaultGuard)
    for function in (ironmap.fault_guard, ironmap.ensure_fault_guard):
        assert get_type_hints(function)["return"] == FaultGuard
    assert get_args(FaultHook) == ([FaultReport], object)
    assert get_type_hints(ironmap.set_fault_hook)["hook"] == FaultHook | None
