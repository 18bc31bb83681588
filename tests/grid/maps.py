"""The maps that calls are made on: all kinds, open, closed, shrunk, with a view of them."""

import os
import sys
import tempfile

CONTENT = b"ab\ncdeab\n\0z"
POSITION = 2

WINDOWS = sys.platform == "win32"


class Kind:
    """A way to make a map, of a file or of anonymous memory, for one module."""

    def __init__(self, name, arguments, prepare=None, anonymous=False, offset=0):
        self.name = name
        self.arguments = arguments
        self.prepare = prepare or (lambda m: None)
        self.anonymous = anonymous
        self.offset = offset

    def __repr__(self):
        return self.name


class Source:
    """The file that maps of one kind and one module are made of, reset for each call."""

    def __init__(self, kind, module):
        self.kind = kind
        self.module = module
        self.whole = bytes(kind.offset) + CONTENT
        self.file = None
        if not kind.anonymous:
            self.file = tempfile.TemporaryFile(buffering=0)
            self.file.write(self.whole)

    def fresh(self):
        """Returns a new map and what the kind keeps alive with it."""
        kind, module = self.kind, self.module
        named = kind.arguments(module)
        if self.file is None:
            m = module.mmap(-1, len(CONTENT), **named)
            if named.get("access") != module.ACCESS_READ:
                m[:] = CONTENT
        else:
            if self.content() != self.whole:
                os.ftruncate(self.file.fileno(), 0)
                os.pwrite(self.file.fileno(), self.whole, 0)
            m = module.mmap(self.file.fileno(), len(CONTENT), offset=kind.offset, **named)
        m.seek(POSITION)
        return m, kind.prepare(m)

    def content(self):
        """Returns the content of the file, not through a map."""
        if self.file is None:
            return None
        return os.pread(self.file.fileno(), 1 << 20, 0)

    def close(self):
        if self.file is not None:
            self.file.close()


def close(m):
    m.close()


def shrink(m):
    """Leaves the position behind the end."""
    m.seek(9)
    m.resize(5)


def to_the_end(m):
    m.seek(0, 2)


PRIVATE = Kind("MAP_PRIVATE", lambda mod: {"flags": mod.MAP_PRIVATE})
OF_UNIX = [
    PRIVATE,
    Kind("PROT_READ", lambda mod: {"prot": mod.PROT_READ}),
    Kind("MAP_PRIVATE, PROT_READ", lambda mod: {"flags": mod.MAP_PRIVATE, "prot": mod.PROT_READ}),
    Kind(
        "anonymous, MAP_PRIVATE",
        lambda mod: {"flags": mod.MAP_PRIVATE | mod.MAP_ANONYMOUS},
        anonymous=True,
    ),
]

OPEN = [
    Kind("default", lambda mod: {}),
    Kind("ACCESS_READ", lambda mod: {"access": mod.ACCESS_READ}),
    Kind("ACCESS_WRITE", lambda mod: {"access": mod.ACCESS_WRITE}),
    Kind("ACCESS_COPY", lambda mod: {"access": mod.ACCESS_COPY}),
    Kind("trackfd=False", lambda mod: {"trackfd": False}),
    Kind("anonymous", lambda mod: {}, anonymous=True),
    Kind("anonymous, ACCESS_READ", lambda mod: {"access": mod.ACCESS_READ}, anonymous=True),
    Kind("anonymous, ACCESS_COPY", lambda mod: {"access": mod.ACCESS_COPY}, anonymous=True),
    Kind("offset", lambda mod: {}, offset=1 << 16),
    Kind("default, at the end", lambda mod: {}, to_the_end),
    Kind("default, shrunk", lambda mod: {}, shrink),
    Kind("default, with a view", lambda mod: {}, memoryview),
    *([] if WINDOWS else OF_UNIX),
]

CLOSED = [
    Kind(f"{kind}, closed", kind.arguments, close, kind.anonymous, kind.offset)
    for kind in OPEN
    if kind.prepare.__name__ == "<lambda>" and kind.offset == 0
]

KINDS = OPEN + CLOSED

# For the calls with many arguments.
NAMES_OF_FEW = (
    *("default", "ACCESS_READ", "anonymous", "default, shrunk"),
    *("default, closed", "ACCESS_READ, closed"),
)
FEW = [kind for kind in KINDS if kind.name in NAMES_OF_FEW]
