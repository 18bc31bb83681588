"""Output and exit status of the commands."""

import contextlib
import errno
import os
import signal
import sys
from collections.abc import Callable


def die_of_signals() -> None:
    """Die silently of Ctrl-C and of a closed pipe, as other commands do."""
    if signal.getsignal(signal.SIGINT) is signal.default_int_handler:
        signal.signal(signal.SIGINT, signal.SIG_DFL)
    if sys.platform != "win32":
        signal.signal(signal.SIGPIPE, signal.SIG_DFL)


def written(command: str, write: Callable[[], int]) -> int:
    """Return the status from `write`, or 1 with a message if its output cannot be written."""
    try:
        if sys.stdout is None:  # The shell's `>&-`.
            raise OSError(errno.EBADF, os.strerror(errno.EBADF))
        status = write()
        sys.stdout.flush()
    except OSError as error:
        complain(command, f"cannot write: {error.strerror}")
        if sys.stdout is not None:
            # The rest of the buffer would fail again when Python exits.
            os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return 1
    return status


def complain(command: str, text: str) -> None:
    """Print to standard error, if there is one."""
    if sys.stderr is not None:
        with contextlib.suppress(OSError):
            print(f"python -m ironmap {command}: {text}", file=sys.stderr)
