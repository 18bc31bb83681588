"""Program: each operation, in a child of its own where there are children, while the
interpreter's allocator refuses.

It is done again and again, and each time another allocation is refused: with all that
follow, then alone. What the operation gives is not asked, but that the process goes on,
and that the interpreter does not complain of a function that failed without an exception.
"""

import gc
import os

import _testcapi
from operations import OPERATIONS, Maps

MOST = 120
# An operation has no more allocations to refuse when so many refusals made no difference.
UNNOTICED = 25
# What the interpreter says of itself where it has no memory for a frame or a traceback.
OWN = ("error return without exception set", "<function ")


def outcome(operation, *refusal):
    maps = Maps()
    # A collection is not the operation's.
    gc.disable()
    if refusal:
        _testcapi.set_nomemory(*refusal)
    try:
        operation(maps)
    except Exception as error:
        said = error
    else:
        said = None
    finally:
        _testcapi.remove_mem_hooks()
        gc.enable()
    return said


def refuse_each(name, operation):
    usual = type(outcome(operation))
    # (A refusal that ends at 0 does not end.)
    for last in (lambda first: 0, lambda first: first + 1):
        unnoticed = 0
        for first in range(1, MOST):
            said = outcome(operation, first, last(first))
            if isinstance(said, SystemError) and not any(own in str(said) for own in OWN):
                print(f"{name}, {first}: {said}", flush=True)
            unnoticed = unnoticed + 1 if type(said) is usual else 0
            if unnoticed == UNNOTICED:
                break


def in_child(work):
    if not hasattr(os, "fork"):
        work()
        return 0
    child = os.fork()
    if child:
        return os.waitpid(child, 0)[1]
    work()
    os._exit(0)


for name, operation in OPERATIONS.items():
    if status := in_child(lambda: refuse_each(name, operation)):
        print(f"{name}: {status}", flush=True)
print("survived")
