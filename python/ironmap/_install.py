"""Replacing the stdlib module by ironmap, for code that imports mmap.

Imports only what ``python -m ironmap run`` may import: see ``_run``.
"""

import os
import sys
from types import ModuleType

import ironmap
from ironmap._ironmap import _set_default_trackfd

# The module that ironmap has replaced, or None if there was none.
replaced: list[ModuleType | None] = []

PACKAGE = os.path.dirname(os.path.abspath(__file__))
# Holds a sitecustomize.py, which Python imports when it starts.
HOOK = os.path.join(PACKAGE, "in-children")
# Tells the hook which Python it is for, where ironmap is, and the options.
VARIABLE = "IRONMAP_INSTALL"


def install(*, trackfd: bool = True, children: bool = False) -> None:
    """Make ``import mmap`` import ironmap in the whole process, from now on.

    Modules that have already imported the stdlib module keep it, so call this first.
    Calling it again sets the options anew.

    Args:
        trackfd: Whether maps keep a descriptor of their file, where the call that makes them
            does not say. Without, thousands of maps need no descriptors, but ``size`` and
            ``resize`` of a file's map raise.
        children: Whether processes of the same Python that start from now on install ironmap,
            too: those of ``subprocess``, and workers that ``multiprocessing`` spawns or
            starts by a fork server. Changes ``PYTHONPATH`` in ``os.environ``.

    Raises:
        ValueError: If ``children`` is true and a folder has a name that cannot be in
            ``PYTHONPATH``.
    """
    if not isinstance(children, bool):
        raise TypeError(f"children must be a bool, not {type(children).__name__}")
    told = description(trackfd) if children else None
    _set_default_trackfd(trackfd)
    tell_children(told)
    if sys.modules.get("mmap") is not ironmap:
        replaced[:] = [sys.modules.get("mmap")]
        sys.modules["mmap"] = ironmap


def uninstall() -> None:
    """Make ``import mmap`` import the module from before ``install``.

    Modules that have imported ironmap under that name keep it. Processes that start from now
    on are not changed. Does nothing if ironmap is not installed.
    """
    if sys.modules.get("mmap") is not ironmap:
        return
    _set_default_trackfd(True)
    tell_children(None)
    before = replaced.pop() if replaced else None
    if before is None:
        del sys.modules["mmap"]
    else:
        sys.modules["mmap"] = before


def description(trackfd: bool) -> str:
    """Return the text for the hook."""
    folders = [sys.base_prefix, os.path.dirname(PACKAGE)]
    for folder in folders:
        if os.pathsep in folder:
            raise ValueError(f"children cannot find a folder with {os.pathsep!r}: {folder!r}")
    options = "trackfd" if trackfd else ""
    return os.pathsep.join([str(sys.implementation.cache_tag), *folders, options])


def tell_children(told: str | None) -> None:
    """Set the environment of processes that start from now on, or restore it."""
    if told is None and VARIABLE not in os.environ:
        return
    path = os.environ.get("PYTHONPATH", "")
    others = [place for place in path.split(os.pathsep) if place not in ("", HOOK)]
    if told is None:
        del os.environ[VARIABLE]
    else:
        os.environ[VARIABLE] = told
        others.insert(0, HOOK)
    if others:
        os.environ["PYTHONPATH"] = os.pathsep.join(others)
    else:
        os.environ.pop("PYTHONPATH", None)
