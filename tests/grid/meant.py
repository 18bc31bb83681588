"""The outcomes that ironmap promises where docs/differences.md lists a difference."""

import types

from .calls import Call
from .maps import PRIVATE, Source
from .outcomes import of
from .values import POSITION

NOTHING = Call(lambda m: None, ())


def refusing(stdlib):
    """Returns the stdlib module with a class whose maps refuse `resize` as private ones do."""

    def resize(self, *arguments, **named):
        with stdlib.mmap(-1, 1, access=stdlib.ACCESS_COPY) as private:
            try:
                return private.resize(*arguments, **named)
            finally:
                # Raises if an argument has closed the map.
                self.tell()

    class_ = type("mmap.mmap", (stdlib.mmap,), {"resize": resize})
    return types.SimpleNamespace(**vars(stdlib) | {"mmap": class_})


class Promise:
    """The outcomes that ironmap promises for one kind of map, from those of the stdlib module."""

    def __init__(self, kind, stdlib):
        self.kind = kind
        self.source = Source(kind, stdlib)
        self.refusing = Source(kind, refusing(stdlib))

    def close(self):
        self.source.close()
        self.refusing.close()

    def stdlib(self, call):
        return of(call, self.source)

    def is_kept(self, call, promised, got):
        """Returns whether another outcome than the stdlib module's is the one promised."""
        if self.kind is PRIVATE and "resize" in repr(call):
            promised = of(call, self.refusing)
        if got == promised:
            return True
        name = call.function.__name__
        if name in ("m.find", "m.rfind") and len(call.names) == 3 and call.names[1] == "None":
            # None for the start makes the stdlib module ignore the end.
            sub, _, end = call.names
            return got == of(Call(call.function, (sub, POSITION, end)), self.source)
        return name == "m.resize" and self.is_kept_by_resize(call, promised, got)

    def is_kept_by_resize(self, call, promised, got):
        (expected, left), (outcome, left_by_ours) = promised, got
        if call.named:
            # It takes `reserve`, and names another keyword.
            return expected[:2] == outcome[:2] == ("raised", "TypeError") and left == left_by_ours
        if call.names == ("0",):
            untouched = self.stdlib(NOTHING)[1]
            return got == (("raised", "ValueError", "new size out of range"), untouched)
        if call.names == ("maxsize",):
            return expected[:2] == outcome[:2] == ("raised", "OSError") and left == left_by_ours
        if "MAP_PRIVATE" in self.kind.name and self.kind.anonymous:
            return got == (expected, with_zeros(call, left))
        return False


def with_zeros(call, left):
    """Returns the state of private memory whose new bytes are zero after two resizes."""
    shown, position, content, file = left
    if call.names == ("Index(7) resizes to 5",):
        content = content[:5] + bytes(2)
    return shown, position, content, file
