"""Output and exit status of the commands."""

import errno
import os
import signal
import sys
from collections.abc import Callable
from typing import TextIO


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
        give_up(sys.stdout)
        return 1
    return status


def complain(command: str, text: str) -> None:
    """Print to standard error, if there is one."""
    if sys.stderr is None:
        return
    try:
        print(f"python -m ironmap {command}: {text}", file=sys.stderr)
    except OSError:
        give_up(sys.stderr)


def give_up(stream: TextIO | None) -> None:
    """Drop the rest of a buffer that cannot be written: it would fail again at the exit."""
    if stream is not None:
        os.dup2(os.open(os.devnull, os.O_WRONLY), stream.fileno())
