"""The outcome of a call on a map: its result or exception, and what it leaves behind."""

LONGEST = 4000


def described(result, m):
    """Returns the comparable part of a result: objects of two modules are never equal."""
    if result is m:
        return "the map"
    if isinstance(result, (list, tuple)):
        return type(result).__name__, [described(item, m) for item in result]
    if isinstance(result, (bytes, bytearray, int, str, type(None))):
        return type(result).__name__, result
    return type(result).__name__


def outcome(call, m):
    try:
        return "returned", described(call.run(m), m)
    except Exception as error:
        return "raised", type(error).__name__, str(error)


def state(m, source):
    """Returns what a program sees of a map and its file."""
    content = source.content()
    if m.closed:
        return repr(m), content
    # Reading such a map of the stdlib module is a SIGBUS.
    is_cut = content is not None and len(content) < source.kind.offset + len(m)
    return repr(m), m.tell(), "cut" if is_cut else m[:LONGEST], content


def of(call, source):
    """Makes a map, calls, and returns the outcome and the state afterwards."""
    m, kept = source.fresh()
    result = outcome(call, m)
    left = state(m, source)
    # Views that an exception or a cycle keeps alive refuse to let the map be closed.
    del kept
    return result, left
