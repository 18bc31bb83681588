"""Runs code in interpreters of this process, on each version of Python."""

import sys

if sys.version_info >= (3, 13):
    import _interpreters as low

    RunFailedError = ()
else:
    import _xxsubinterpreters as low

    RunFailedError = low.RunFailedError

# The names of the kinds: with the GIL of the first interpreter, and with one of its own.
SHARED = "shared"
OWN = "own"
KINDS = [SHARED, OWN] if sys.version_info >= (3, 12) else [SHARED]

# Prints on stderr why the code failed, and fails itself.
RUN = """
try:
    exec({code!r}, {{"__name__": "__main__"}})
except BaseException as raised:
    import sys
    print(type(raised).__name__, raised, sep=": ", file=sys.stderr, flush=True)
    raise
"""


class Failed(Exception):
    """The code in the interpreter has raised."""


def create(kind):
    if sys.version_info >= (3, 13):
        return low.create("legacy" if kind == SHARED else "isolated")
    return low.create(isolated=kind == OWN)


def run(interpreter, code):
    try:
        failure = low.run_string(interpreter, RUN.format(code=code))
    except RunFailedError:
        failure = True
    if failure:
        raise Failed


def end(interpreter):
    low.destroy(interpreter)


def once(kind, code):
    """Runs the code in a new interpreter, and ends that."""
    interpreter = create(kind)
    try:
        run(interpreter, code)
    finally:
        end(interpreter)
