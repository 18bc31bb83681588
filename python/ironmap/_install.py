"""Replacing the stdlib module by ironmap, for code that imports mmap.

Imports only what ``python -m ironmap run`` may import: see ``_run``.
"""

import os
import sys
from types import ModuleType

import ironmap
from ironmap._ironmap import _set_default_trackfd
from ironmap._public import public

# The module that ironmap has replaced, or None if there was none.
replaced: list[ModuleType | None] = []

PACKAGE = os.path.dirname(os.path.abspath(__file__))
# Holds a sitecustomize.py, which Python imports when it starts.
HOOK = os.path.join(PACKAGE, "in-children")
# Tells the hook which Python it is for, where ironmap is, and the options.
VARIABLE = "IRONMAP_INSTALL"

# The options that a call of install does not give.
unsaid = {"trackfd": True, "children": False}


@public
def install(*, trackfd: bool | None = None, children: bool | None = None) -> None:
    """Make ``import mmap`` import ironmap in this interpreter, from now on.

    Modules that have already imported the stdlib module keep it, so call this first.
    Calling it again sets the options anew. In a process that has ironmap from its parent, by
    ``children``, each option that is not given stays as the parent's.

    Args:
        trackfd: Whether maps keep a descriptor of their file, where the call that makes them
            does not say; true if not given. Without, thousands of maps need no descriptors,
            but ``size`` and ``resize`` of a file's map raise.
        children: Whether processes of the same Python that start from now on install ironmap,
            too: those of ``subprocess``, and workers that ``multiprocessing`` spawns or
            starts by a fork server; false if not given. Changes ``PYTHONPATH`` in
            ``os.environ``.

    Raises:
        ValueError: If ``children`` is true and a folder has a name that cannot be in
            ``PYTHONPATH``.
    """
    trackfd = unsaid["trackfd"] if trackfd is None else trackfd
    children = unsaid["children"] if children is None else children
    if not isinstance(children, bool):
        raise TypeError(f"children must be a bool, not {type(children).__name__}")
    told = description(trackfd) if children else None
    _set_default_trackfd(trackfd)
    tell_children(told)
    if sys.modules.get("mmap") is not ironmap:
        replaced[:] = [sys.modules.get("mmap")]
        sys.modules["mmap"] = ironmap


def install_as_parent(options: str) -> None:
    """Install with the options of the parent process, for the hook."""
    unsaid.update(trackfd=options == "trackfd", children=True)
    install()


@public
def uninstall() -> None:
    """Make ``import mmap`` import the module from before ``install``.

    Modules that have imported ironmap under that name keep it. Processes that start from now
    on are not changed, and the options of ``install`` and of a parent are forgotten. A module that
    other code has put in ironmap's place stays there. Does nothing if ironmap is not installed.
    """
    is_in_place = sys.modules.get("mmap") is ironmap
    if not is_in_place and not replaced:
        return
    unsaid.update(trackfd=True, children=False)
    _set_default_trackfd(True)
    tell_children(None)
    before = replaced.pop() if replaced else None
    if not is_in_place:
        return
    if before is None:
        del sys.modules["mmap"]
    else:
        sys.modules["mmap"] = before


def description(trackfd: bool) -> str:
    """Return the text for the hook."""
    folders = [sys.base_prefix, os.path.dirname(PACKAGE)]
    for folder in folders:
        if os.pathsep in folder:
            raise ValueError(
                f"children=True needs folders without {os.pathsep!r}, "
                f"which separates the entries of PYTHONPATH: {folder!r}"
            )
    options = "trackfd" if trackfd else ""
    return os.pathsep.join([str(sys.implementation.cache_tag), *folders, options])


def tell_children(told: str | None) -> None:
    """Set the environment of processes that start from now on, or restore it."""
    if told is None and VARIABLE not in os.environ:
        return
    path = os.environ.get("PYTHONPATH", "")
    # An empty entry is the current folder; an empty variable has no entry.
    others = [place for place in path.split(os.pathsep) if place != HOOK] if path else []
    if told is None:
        del os.environ[VARIABLE]
    else:
        os.environ[VARIABLE] = told
        others.insert(0, HOOK)
    if others:
        os.environ["PYTHONPATH"] = os.pathsep.join(others)
    else:
        os.environ.pop("PYTHONPATH", None)
