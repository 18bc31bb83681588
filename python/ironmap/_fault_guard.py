"""The guard against faults: how it stands, how to put it back, and who hears of faults."""

from collections.abc import Callable
from typing import Literal, NamedTuple

from ._ironmap import _disable_fault_guard, _ensure_fault_guard, _fault_guard, _set_fault_hook

FaultGuard = Literal["active", "idle", "replaced", "blocked", "off"]


class FaultReport(NamedTuple):
    """What a fault hook is called with.

    path: str or None, the file: on Linux what it is called now (/proc/self/fd), if the map
        keeps a descriptor; else the path of a map that ironmap.open has made. None if the
        map has neither, and when it was freed without a descriptor, or its memory was used
        after it was closed or resized.
    offset: int, the first byte of the map that could not be had.
    file_size: int or None, how long the file is now; None if that is not known.
    reason: str: 'file_too_short', 'no_space', 'unreadable', or 'unmapped' where an
        array has used the memory of a map that was closed or resized.
    faults: int, how many faults of the map this report is about.
    """

    path: str | None
    offset: int
    file_size: int | None
    reason: Literal["file_too_short", "no_space", "unreadable", "unmapped"]
    faults: int


FaultHook = Callable[[FaultReport], object]

current_hook: FaultHook | None = None


def fault_guard() -> FaultGuard:
    """Return what the guard against faults does now, for the calling thread.

    'active': a fault becomes FaultError.
    'idle': no map of a file was made yet, so SIGBUS was left alone.
    'replaced': SIGBUS has another handler than ironmap's.
    'blocked': this thread blocks SIGBUS, so a fault ends the process.
    'off': there is no guard: IRONMAP_FAULT_GUARD=0, or disable_fault_guard().
    """
    return _fault_guard()


def ensure_fault_guard() -> FaultGuard:
    """Put the guard in place for the calling thread; return what it did before.

    Installs ironmap's handler for SIGBUS on top of the one that is there now, and
    unblocks SIGBUS in the calling thread: SIGBUS that was sent meanwhile is delivered.
    For threads and worker processes in which a framework has installed a handler of
    its own, or blocked signals. May be called at any time, any number of times.

    Raises RuntimeError, and changes nothing, if the guard is switched off, or if eight
    different handlers were found in its place, that from before the first map included,
    and this is a ninth.
    """
    return _ensure_fault_guard()


def disable_fault_guard() -> None:
    """Leave SIGBUS alone for the life of the process, as IRONMAP_FAULT_GUARD=0 does.

    A fault then ends the process, or does what the program's own handler makes of it.
    Any other value of the environment variable leaves the guard on. It is read when the
    first map of a file is made, or ensure_fault_guard first called.
    Raises RuntimeError if it is too late, because the first map of a file was made, or
    ensure_fault_guard called, before; and on Windows, where the guard takes no signal.
    """
    _disable_fault_guard()


def set_fault_hook(hook: FaultHook | None, /) -> FaultHook | None:
    """Have a function called with a FaultReport for each fault that is survived.

    It is called before the FaultError is raised, in the thread that gets the error. A
    fault of code that has borrowed the map's memory is reported by the next call on the
    map. What the function raises goes to sys.unraisablehook. None calls no function.

    Returns the function that was called until now, or None.
    """
    global current_hook
    if hook is not None and not callable(hook):
        raise TypeError(f"hook must be callable or None, not {type(hook).__name__}")
    _set_fault_hook(None if hook is None else lambda *facts: hook(FaultReport(*facts)))
    previous, current_hook = current_hook, hook
    return previous
