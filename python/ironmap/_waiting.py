"""A bar on standard error, for a person who waits at a terminal."""

import os
import sys
import time

# Seconds before the first bar, and between two.
PATIENCE = 1.0
INTERVAL = 0.1

WIDTH = 30


class Waiting:
    """Shows how much is done. Without a terminal it does nothing."""

    def __init__(self) -> None:
        self.next = time.monotonic() + PATIENCE
        self.is_watched = sys.stderr is not None and sys.stderr.isatty()
        self.shown = 0

    def show(self, done: int, whole: int, text: str) -> None:
        if self.is_watched and (now := time.monotonic()) >= self.next:
            self.next = now + INTERVAL
            part = min(done, whole) / max(1, whole)
            bar = ("#" * int(part * WIDTH)).ljust(WIDTH)
            self.write(f"[{bar}] {100 * part:3.0f}%  {text}")

    def write(self, line: str) -> None:
        line = line[: width_of_terminal() - 1]
        print(f"\r{line.ljust(self.shown)}", end="", file=sys.stderr, flush=True)
        self.shown = len(line)

    def clear(self) -> None:
        """Remove the bar, before another line is printed."""
        if self.shown:
            print(f"\r{' ' * self.shown}\r", end="", file=sys.stderr, flush=True)
            self.shown = 0


def width_of_terminal() -> int:
    return os.get_terminal_size(sys.stderr.fileno()).columns or 80
