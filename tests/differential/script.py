"""The first lines of every script that the differential test runs.

Both modules get this text in a namespace of their own, with ``mmap`` put there
before it; a failing script is printed with it, so that it runs as it stands.
"""

import os
import re
import struct
import tempfile
from array import array
from contextlib import suppress
from itertools import islice

views = []
file = None


class Index:
    """An integer whose conversion runs a line of the script."""

    def __init__(self, value, line):
        self.value = value
        self.line = line

    def __index__(self):
        exec(self.line, globals())
        return self.value


class Buffer:
    """Bytes whose conversion runs a line of the script (Python 3.12 and newer)."""

    def __init__(self, value, line):
        self.value = value
        self.line = line

    def __buffer__(self, flags):
        exec(self.line, globals())
        return memoryview(self.value)


def pattern(size, first=0):
    """Bytes that differ from their neighbours, with a newline every 251."""
    return (bytes(range(251)) * (size // 251 + 2))[first : first + size]


def span(*bounds):
    """How many bytes of the map the slice takes."""
    return len(range(len(m))[slice(*bounds)])


def new_file(size):
    file = tempfile.TemporaryFile()
    file.write(pattern(size))
    file.flush()
    return file
