"""Imported by each Python that starts with the environment of ``install(children=True)``.

It has the name of a site's own module, which it imports in its turn. Other versions of Python
may start with the same environment, so it has only syntax that all know.
"""

import os
import sys


def install_in_child():
    # type: () -> None
    given = os.environ.get("IRONMAP_INSTALL", "").split(os.pathsep)
    tag = str(getattr(getattr(sys, "implementation", None), "cache_tag", None))
    if len(given) != 4 or given[:2] != [tag, getattr(sys, "base_prefix", "")]:
        return
    sys.path.insert(0, given[2])
    try:
        from ironmap._install import install_as_parent
    finally:
        sys.path.remove(given[2])
    install_as_parent(given[3])


def import_next():
    # type: () -> None
    """Import the module that this one has hidden, if there is one."""
    here = os.path.dirname(os.path.abspath(__file__))
    sys.path[:] = [place for place in sys.path if os.path.abspath(place) != here]
    hiding = sys.modules.pop(__name__)
    try:
        __import__(__name__)
    except ImportError as error:
        if getattr(error, "name", __name__) != __name__:
            raise
    finally:
        sys.modules.setdefault(__name__, hiding)


# Not if stubtest imports it as a part of the package.
if __name__ == "sitecustomize":
    try:
        install_in_child()
    finally:
        import_next()
