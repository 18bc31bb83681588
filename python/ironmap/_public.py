"""The module that public names belong to.

Imports nothing: see ``_run``.
"""

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable
    from typing import Any, TypeVar

    Public = TypeVar("Public", bound=type[Any] | Callable[..., Any])


def public(thing: "Public") -> "Public":
    """Set the module of a class or function to ``ironmap``: ``help(ironmap)`` shows only such
    names, and pickles then do not name a private module.
    """
    thing.__module__ = "ironmap"
    return thing
