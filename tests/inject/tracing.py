"""Runs one operation between two marks for strace, and prints the calls that refusing.c saw."""

import tempfile

from inject.checks import NOTHING, attempt, prepare, work_of
from inject.operations import OPERATIONS, setting
from inject.refusing import calls_made, library


class Marked:
    """Fails nothing, and marks the beginning and the end for strace."""

    def begin(self):
        library.inject_plan(b"", 0, 0, 0, 0)
        library.inject_begin(1)

    def end(self):
        library.inject_end(1)


def trace(name):
    operation = OPERATIONS[name]
    with tempfile.TemporaryDirectory() as folder:
        # The first run makes what is made once.
        for refusal in (NOTHING, Marked()):
            made = setting(name)(folder)
            prepare(operation, made)
            result = attempt(work_of(operation), made, refusal)
            if refusal is not NOTHING:
                print("\n".join(calls_made()))
            del made, result
