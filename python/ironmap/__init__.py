"""Python's mmap module on a Rust core: ``import ironmap as mmap``.

The names of the stdlib module come from the extension, with the constants that this
system has. As in the stdlib module there is no ``__all__``.

The Python code that ironmap adds is loaded at its first use, and is not part of
``from ironmap import *``: that brings no ``open``, as ``from mmap import *`` does not.
"""

from ironmap._ironmap import *
from ironmap._ironmap import __version__ as __version__

_ADDED = {
    "open": "_open",
    "FileMap": "_open",
    "Needles": "_needles",
    "shared": "_shared",
    "SharedMap": "_shared",
    "split": "_part",
    "Part": "_part",
    "FaultGuard": "_fault_guard",
    "FaultHook": "_fault_guard",
    "FaultReport": "_fault_guard",
    "fault_guard": "_fault_guard",
    "ensure_fault_guard": "_fault_guard",
    "disable_fault_guard": "_fault_guard",
    "set_fault_hook": "_fault_guard",
    "install": "_install",
    "uninstall": "_install",
}


_loaded: dict[str, object] = {}


def __getattr__(name: str) -> object:
    if name in _loaded:
        return _loaded[name]
    if name not in _ADDED:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    from importlib import import_module

    _loaded[name] = getattr(import_module(f"{__name__}.{_ADDED[name]}"), name)
    return _loaded[name]


def __dir__() -> list[str]:
    return sorted([*globals(), *_ADDED])
