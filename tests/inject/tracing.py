"""One operation between two marks, for strace; prints the calls that refusing.c has seen."""

import tempfile

from inject.checks import NOTHING, attempt, prepare, work_of
from inject.operations import OPERATIONS, setting
from inject.refusing import calls_made, library


class Marked:
    """Nothing is refused; strace sees where it begins and ends."""

    def begin(self):
        library.inject_plan(b"", 0, 0, 0, 0)
        library.inject_begin(1)

    def end(self):
        library.inject_end(1)


def trace(name):
    operation = OPERATIONS[name]
    with tempfile.TemporaryDirectory() as folder:
        # What is made once is made.
        for refusal in (NOTHING, Marked()):
            made = setting(name)(folder)
            prepare(operation, made)
            result = attempt(work_of(operation), made, refusal)
            if refusal is not NOTHING:
                print("\n".join(calls_made()))
            del made, result
