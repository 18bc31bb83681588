"""Every method and operator, with every odd argument, and with wrong numbers of them."""

import copy
import ctypes
import itertools
import operator
import pickle
import weakref

from .values import ALL, ARGUMENTS, FEW

METHODS = (
    *("close", "find", "flush", "madvise", "move", "read", "read_byte", "readline", "resize"),
    *("rfind", "seek", "seekable", "set_name", "size", "tell", "write", "write_byte"),
    *("__enter__", "__exit__", "__len__", "__getitem__", "__setitem__", "__delitem__"),
)

# The most arguments that a method takes.
MOST = {
    **dict.fromkeys(("find", "rfind", "flush", "madvise", "move", "__exit__"), 3),
    "seek": 2,
}

# Named as in the documentation of each method, and one that none has.
KEYWORDS = (
    *("view", "sub", "start", "end", "offset", "size", "flags", "option", "length", "dest"),
    *("count", "n", "newsize", "pos", "whence", "name", "bytes", "byte", "bogus"),
)


def method(name):
    def call(m, *arguments, **named):
        return getattr(m, name)(*arguments, **named)

    call.__name__ = f"m.{name}"
    return call


def set_closed(m, value):
    m.closed = value


def set_new(m, value):
    m.new_attribute = value


def del_closed(m):
    del m.closed


def item_of_iterator(m):
    return next(iter(m))


def exhausted(m):
    return list(m)


def backwards(m):
    return list(reversed(m))


def in_with_block(m):
    with m as inside:
        return inside is m


def c_function(name, *types):
    function = getattr(ctypes.pythonapi, name)
    function.argtypes = [ctypes.py_object, ctypes.c_ssize_t, *types]
    return function


def sequence_get(m, at):
    get = c_function("PySequence_GetItem")
    get.restype = ctypes.py_object
    return get(m, at)


def sequence_set(m, at, value):
    return c_function("PySequence_SetItem", ctypes.py_object)(m, at, value)


def sequence_del(m, at):
    return c_function("PySequence_DelItem")(m, at)


def pickled(m):
    return pickle.dumps(m)


def view_of(m):
    view = memoryview(m)
    return bytes(view), view.readonly, view.format, view.shape, view.strides


def is_weakly_referred(m):
    return weakref.ref(m)() is m


def reduced(m):
    return m.__reduce_ex__(4)


def closed(m):
    return m.closed


def with_bool(m):
    return bool(m)


UNARY = (
    *(len, repr, bytes, bytearray, with_bool, iter, exhausted, backwards, item_of_iterator),
    *(in_with_block, pickled, copy.copy, copy.deepcopy, view_of, is_weakly_referred, reduced),
    *(closed, del_closed, str, sorted, operator.index, operator.neg, operator.inv, operator.pos),
    *(abs, callable, operator.length_hint),
)

BINARY = (
    *(operator.getitem, operator.delitem, operator.contains, operator.add, operator.iadd),
    *(operator.mul, operator.imul, operator.eq, operator.ne, operator.lt, operator.ge),
    *(operator.countOf, operator.indexOf, operator.sub, operator.mod, operator.concat),
    *(set_closed, set_new, getattr),
)


class Call:
    """A call with named arguments; ``run`` makes them for a map."""

    def __init__(self, function, names, named=()):
        self.function = function
        self.names = names
        self.named = named

    def __repr__(self):
        given = ["m", *self.names] if not self.function.__name__.startswith("m.") else self.names
        given = [*given, *(f"{keyword}={name}" for keyword, name in self.named)]
        return f"{self.function.__name__}({', '.join(given)})"

    def run(self, m):
        arguments = [ARGUMENTS[name](m) for name in self.names]
        named = {keyword: ARGUMENTS[name](m) for keyword, name in self.named}
        return self.function(m, *arguments, **named)


def all_calls():
    """Yields every call: some hundred thousand."""
    for function in UNARY:
        yield Call(function, ())
    for function in BINARY:
        for name in ALL:
            yield Call(function, (name,))
    for pair in itertools.product(ALL, ALL):
        yield Call(operator.setitem, pair)
    yield from sequence_calls()
    for name in METHODS:
        yield from calls_of(name)


def sequence_calls():
    """Yields the calls of the C interface that no syntax makes."""
    for at in ("0", "10", "11", "-1", "-12", "maxsize", "-maxsize-1"):
        yield Call(sequence_get, (at,))
        yield Call(sequence_del, (at,))
        for name in ALL:
            yield Call(sequence_set, (at, name))


def calls_of(name):
    function, most = method(name), MOST.get(name, 1)
    yield Call(function, ())
    for one in ALL:
        yield Call(function, (one,))
    pairs = itertools.product(ALL, ALL) if most > 1 else itertools.product(FEW, FEW)
    for two in pairs:
        yield Call(function, two)
    for three in itertools.product(FEW, repeat=3):
        yield Call(function, three)
    if most > 2:
        for place, other in itertools.product(range(3), ALL.keys() - FEW.keys()):
            for rest in itertools.product(("0", "b'c'", "Index(1) closes"), repeat=2):
                yield Call(function, (*rest[:place], other, *rest[place:]))
    yield Call(function, ("0",) * 4)
    yield Call(function, ("b'c'",) * 5)
    for keyword in KEYWORDS:
        yield Call(function, (), [(keyword, "0")])
        yield Call(function, ("b'c'",), [(keyword, "0")])
        yield Call(function, ("0",), [(keyword, "'x'")])
    if name in ("find", "rfind"):
        for end in ALL:
            # Occurs before and after the position.
            yield Call(function, ("array('H', [25185])", "None", end))
    if name == "flush":
        yield from flags_of_flush(function)


def flags_of_flush(function):
    for offset, flags in itertools.product(("0", "Index(1) closes", "'x'", "2**64"), ALL):
        yield Call(function, (), [("flags", flags)])
        yield Call(function, (offset,), [("flags", flags)])
        yield Call(function, ("0", offset), [("flags", flags)])
