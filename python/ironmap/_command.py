"""How a command at a shell writes, and how it ends when it cannot."""

import contextlib
import errno
import os
import signal
import sys
from collections.abc import Callable


def die_of_signals() -> None:
    """Silently, as other commands do: of Ctrl-C, and when nobody reads any more."""
    if signal.getsignal(signal.SIGINT) is signal.default_int_handler:
        signal.signal(signal.SIGINT, signal.SIG_DFL)
    if sys.platform != "win32":
        signal.signal(signal.SIGPIPE, signal.SIG_DFL)


def written(command: str, write: Callable[[], int]) -> int:
    """The status that `write` gives; 1 and a message if its output is not taken."""
    try:
        if sys.stdout is None:  # The shell's `>&-`.
            raise OSError(errno.EBADF, os.strerror(errno.EBADF))
        status = write()
        sys.stdout.flush()
    except OSError as error:
        complain(command, f"cannot write: {error.strerror}")
        if sys.stdout is not None:
            # What is left in its buffer would fail once more when Python ends.
            os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return 1
    return status


def complain(command: str, text: str) -> None:
    """Say it to whom standard error leads, if anywhere."""
    if sys.stderr is not None:
        with contextlib.suppress(OSError):
            print(f"python -m ironmap {command}: {text}", file=sys.stderr)
