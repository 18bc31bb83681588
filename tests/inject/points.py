"""The points of each operation: the failures that are tried, one by one."""

import errno
import gc
import importlib.util
import os
import pickle
import resource
import shutil
import signal
import sys
import tempfile
import traceback
from collections import Counter
from typing import NamedTuple

import ironmap
import ironmap._open
import ironmap._part
from inject.checks import HANDLERS, NOTHING, Check, Trial, Usual, prepare, work_of
from inject.maps import Maps
from inject.operations import FIRST, OPERATIONS, setting
from inject.refusing import (
    FOR_GOOD,
    SIGNAL,
    NoMemory,
    Refusal,
    calls_made,
    count_allocations_of,
    errors_of,
    library,
)

# Limits against hangs. A point takes a tenth of a second of a processor at most; one that waits
# forever uses no processor, so the second limit is for that.
PROCESSOR_SECONDS = 3
SECONDS = 300
# After so many failures without an effect an operation has no more allocations.
UNNOTICED = 25
MOST_ALLOCATIONS = 120


# With all later ones, and alone.
QUICK_ALLOCATIONS = (1, 3, 8, 21, 55), (2, 5, 13, 34)


class Tried(NamedTuple):
    """A point, how its process died if it did, and the problems."""

    point: str
    death: str
    problems: list
    noticed: bool = True


class Rows:
    """The operations; those that must be the first of their process come first."""

    def __init__(self, quick, wanted, part=0, parts=1):
        self.quick, self.wanted, self.part, self.parts = quick, wanted, part, parts
        self.folder = tempfile.mkdtemp(prefix="ironmap-inject-")
        resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
        sys.unraisablehook = lambda _: None
        count_allocations_of(ironmap._ironmap.__file__)

    def __iter__(self):
        try:
            yield from self.rows(FIRST)
            Maps(self.folder).state()
            gc.freeze()
            yield from self.rows([name for name in OPERATIONS if name not in FIRST])
        finally:
            shutil.rmtree(self.folder, ignore_errors=True)

    def rows(self, names):
        for name in list(filter(self.is_wanted, names))[self.part :: self.parts]:
            yield Row(name, self.folder, self.quick)

    def is_wanted(self, name):
        return not self.wanted or any(name.startswith(each) for each in self.wanted)


class Row:
    """An operation, and its outcome without a failure."""

    def __init__(self, name, folder, quick):
        self.name, self.quick = name, quick
        self.operation, make = OPERATIONS[name], setting(name)
        self.make = lambda: make(folder)
        death, self.seen = in_child(self.look)
        if death:
            raise SystemExit(f"{name}, without a failure: {death}")
        self.usual, self.calls = self.seen

    def look(self):
        made = self.make()
        prepare(self.operation, made)
        trial = Trial(work_of(self.operation), made, NOTHING)
        calls = Counter(calls_made())
        return Usual(trial.outcome(), trial.made.state()), calls

    def points(self, kind):
        return KINDS[kind](self)

    def of_calls(self):
        for name, n in self.each_call():
            errors = errors_of(name)
            for error in errors[:1] if self.quick else errors:
                yield self.tried(Refusal(name, n, n, error), thorough=error == errors[0])
            if not self.quick and errors and errors[0] not in (errno.EINTR, errno.EAGAIN):
                yield self.tried(Refusal(name, n, FOR_GOOD, errors[0]))

    def of_signals(self):
        for at, (name, n) in enumerate(self.each_call()):
            error = errno.EINTR if errno.EINTR in errors_of(name) else 0
            handlers = list(HANDLERS)
            for handler in handlers[at % 4 :][:1] if self.quick else handlers:
                yield self.tried(Refusal(name, n, n, error, SIGNAL), handler)

    def of_memory(self):
        count = self.calls["malloc"]
        places = spread(count, 4) if self.quick else range(1, count + 1)
        for n in places:
            yield self.tried(Refusal("malloc", n, n, errno.ENOMEM), thorough=True)
        for n in places[:1] if self.quick else places:
            yield self.tried(Refusal("malloc", n, FOR_GOOD, errno.ENOMEM))

    def of_interpreter(self):
        """The number of allocations is unknown: fails one after the other until nothing changes."""
        if not importlib.util.find_spec("_testcapi"):
            return
        # A range that ends at 0 has no end.
        for quick, last in zip(QUICK_ALLOCATIONS, (lambda n: 0, lambda n: n + 1), strict=True):
            unnoticed = 0
            for n in quick if self.quick else range(1, MOST_ALLOCATIONS):
                tried = self.tried(NoMemory(n, last(n)), thorough=not self.quick and last(n) != 0)
                yield tried
                unnoticed = 0 if tried.noticed else unnoticed + 1
                if unnoticed == UNNOTICED or (self.quick and unnoticed):
                    break

    def each_call(self):
        for name, count in self.calls.items():
            if name != "malloc":
                for n in range(1, 1 + (1 if self.quick else count)):
                    yield name, n

    def tried(self, refusal, handler="", thorough=False):
        def work():
            check = Check(self.operation, self.make, refusal, self.usual, handler)
            check.run(thorough)
            return check.problems, check.noticed

        death, found = in_child(work)
        point = f"{refusal}, the handler {handler}" if handler else str(refusal)
        problems, noticed = found or ([], True)
        return Tried(point, death, problems, noticed)


KINDS = {
    "calls": Row.of_calls,
    "signals": Row.of_signals,
    "memory": Row.of_memory,
    "interpreter": Row.of_interpreter,
}


def spread(count, most):
    """Returns at most so many numbers from 1 to the count, with the first and the last."""
    if count <= most:
        return list(range(1, count + 1))
    return [1 + at * (count - 1) // (most - 1) for at in range(most)]


def in_child(work):
    """Runs the work in a child; returns a description of its death and the result."""
    end, into = os.pipe()
    said = os.memfd_create("stderr")
    child = os.fork()
    if not child:
        signal.setitimer(signal.ITIMER_VIRTUAL, PROCESSOR_SECONDS)
        signal.alarm(SECONDS)
        library.inject_explain()
        os.environ["RUST_BACKTRACE"] = "1"
        os.dup2(said, 2)
        try:
            os.write(into, pickle.dumps(work()))
            os._exit(0)
        finally:
            traceback.print_exc()
            os._exit(1)
    os.close(into)
    with open(end, "rb") as pipe:
        returned = pipe.read()
    status = os.waitstatus_to_exitcode(os.waitpid(child, 0)[1])
    with open(said, "rb") as file:
        file.seek(0)
        text = file.read().decode(errors="replace")
    if status:
        how = signal.Signals(-status).name if status < 0 else f"exit {status}"
        return f"{how}\n{text}", None
    return "", pickle.loads(returned)
