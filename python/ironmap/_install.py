"""Replacing the stdlib module by ironmap, for code that imports mmap."""

import sys
from types import ModuleType

import ironmap

# The module that ironmap has replaced, or None if there was none.
replaced: list[ModuleType | None] = []


def install() -> None:
    """Make ``import mmap`` import ironmap in the whole process, from now on.

    Modules that have already imported the stdlib module keep it, so call this first.
    Calling it again changes nothing.
    """
    if sys.modules.get("mmap") is not ironmap:
        replaced[:] = [sys.modules.get("mmap")]
        sys.modules["mmap"] = ironmap


def uninstall() -> None:
    """Make ``import mmap`` import the module from before ``install``.

    Modules that have imported ironmap under that name keep it. Does nothing if
    ironmap is not installed.
    """
    if sys.modules.get("mmap") is not ironmap:
        return
    before = replaced.pop() if replaced else None
    if before is None:
        del sys.modules["mmap"]
    else:
        sys.modules["mmap"] = before
