"""The fault guard: its state, installing it again, and the fault hook."""

from collections.abc import Callable
from typing import Literal, NamedTuple

from ._ironmap import _disable_fault_guard, _ensure_fault_guard, _fault_guard, _set_fault_hook
from ._public import public

FaultGuard = Literal["active", "idle", "replaced", "blocked", "off"]


@public
class FaultReport(NamedTuple):
    """The argument of a fault hook.

    path: str or None, the file: on Linux its current path (/proc/self/fd), if the map
        keeps a descriptor; else the path of a map that ironmap.open has made. None if the
        map has neither, if it was freed without a descriptor, or if its memory was used
        after it was closed or resized.
    offset: int, the first byte of the map that is not available.
    file_size: int or None, the size of the file now; None if it is not known.
    reason: str: 'file_too_short', 'no_space', 'unreadable', or 'unmapped' if an array has
        used the memory of a map that was closed or resized.
    faults: int, the number of faults in this report.
    """

    path: str | None
    offset: int
    file_size: int | None
    reason: Literal["file_too_short", "no_space", "unreadable", "unmapped"]
    faults: int


FaultHook = Callable[[FaultReport], object]

current_hook: FaultHook | None = None


@public
def fault_guard() -> FaultGuard:
    """Return the state of the fault guard for the calling thread.

    'active': a fault becomes FaultError.
    'idle': no map of a file was made yet, so SIGBUS has no handler of ironmap.
    'replaced': SIGBUS has another handler than ironmap's.
    'blocked': this thread blocks SIGBUS, so a fault ends the process.
    'off': there is no guard: IRONMAP_FAULT_GUARD=0, or disable_fault_guard().
    """
    return _fault_guard()


@public
def ensure_fault_guard() -> FaultGuard:
    """Install the fault guard for the calling thread; return its state before.

    Installs ironmap's handler for SIGBUS on top of the current one, and unblocks SIGBUS in
    the calling thread: a pending SIGBUS is delivered. Use it in threads and worker
    processes where a framework has installed its own handler or blocked signals. It may be
    called at any time, any number of times.

    Raises RuntimeError, and changes nothing, if the guard is switched off, or if the
    current handler would be the ninth that it has to call: it keeps eight, including the
    one from before the first map.
    """
    return _ensure_fault_guard()


@public
def disable_fault_guard() -> None:
    """Switch the fault guard off for the life of the process, as IRONMAP_FAULT_GUARD=0 does.

    A fault then ends the process, or calls the program's own handler for SIGBUS. Other
    values of the environment variable leave the guard on. The variable is read when the
    first map of a file is made or ensure_fault_guard is first called; after that this
    function raises RuntimeError. It also raises RuntimeError on Windows, where the guard
    uses no signal.
    """
    _disable_fault_guard()


@public
def set_fault_hook(hook: FaultHook | None, /) -> FaultHook | None:
    """Set the function that is called with a FaultReport for each survived fault.

    It is called before the FaultError is raised, in the thread that gets the error. A
    fault of code that uses a buffer of the map is reported by the next call on the map. An
    exception of the function goes to sys.unraisablehook. None removes the function.

    Returns the previous function, or None.
    """
    global current_hook
    if hook is not None and not callable(hook):
        raise TypeError(f"hook must be callable or None, not {type(hook).__name__}")
    _set_fault_hook(None if hook is None else lambda *facts: hook(FaultReport(*facts)))
    previous, current_hook = current_hook, hook
    return previous
