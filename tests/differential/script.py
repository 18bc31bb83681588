"""The first lines of every script of the differential test.

Each module runs this text in its own namespace, which has ``mmap`` already. A failing
script is printed with it, so that it can be run.
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
    """An integer that runs a line of the script when it is converted."""

    def __init__(self, value, line):
        self.value = value
        self.line = line

    def __index__(self):
        exec(self.line, globals())
        return self.value


class Buffer:
    """A buffer that runs a line of the script when it is requested (Python 3.12 and newer)."""

    def __init__(self, value, line):
        self.value = value
        self.line = line

    def __buffer__(self, flags):
        exec(self.line, globals())
        return memoryview(self.value)


def pattern(size, first=0):
    """Returns bytes that differ from their neighbours, with a newline every 251."""
    return (bytes(range(251)) * (size // 251 + 2))[first : first + size]


def span(*bounds):
    """Returns how many bytes of the map the slice has."""
    return len(range(len(m))[slice(*bounds)])


def new_file(size):
    file = tempfile.TemporaryFile()
    file.write(pattern(size))
    file.flush()
    return file
