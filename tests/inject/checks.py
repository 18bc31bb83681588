"""Runs one operation with one failure, and checks the state afterwards."""

import ctypes
import errno
import gc
import os
import signal
import sys
from typing import NamedTuple

import ironmap
from inject.maps import PAGE, state_of
from inject.operations import After
from inject.refusing import FOR_GOOD, Refusal

NOTHING = Refusal()


class Usual(NamedTuple):
    """The result of an operation and the state after it, without a failure."""

    outcome: tuple
    state: object


class Interrupted(Exception):
    """Raised by a signal handler."""


# Actions of signal handlers, and the exceptions that an operation can raise then.
HANDLERS = {
    "counts": (lambda s: None, ()),
    "raises": (lambda s: interrupt(), (Interrupted,)),
    "closes": (lambda s: s.m.close(), (ValueError, BufferError)),
    "resizes": (lambda s: s.m.resize(len(s.m) + PAGE), (ValueError, BufferError, IndexError)),
}


def prepare(operation, made):
    if isinstance(operation, After):
        operation.prepare(made)


def work_of(operation):
    """Returns the operation without its preparation."""
    return operation.work if isinstance(operation, After) else operation


def interrupt():
    raise Interrupted


def shown(result):
    """Returns a result in a comparable form."""
    if isinstance(result, ironmap.mmap):
        return type(result).__name__, state_of(result)
    if isinstance(result, list | tuple):
        return [shown(each) for each in result]
    if isinstance(result, bytes) and len(result) > 100:
        return len(result), hash(result)
    if isinstance(result, int | bytes | str | None):
        return result
    return type(result).__name__


def attempt(call, made, refusal):
    """Returns the result of the call, or its exception.

    This function is short on purpose: in a long one CPython 3.11 and 3.12 try forever to
    handle an exception without memory (they allocate the place of the handler, an int
    above 256).
    """
    refusal.begin()
    try:
        return call(made), None
    except BaseException as error:
        refusal.end()
        return None, error
    finally:
        refusal.end()


class Trial:
    """Runs an operation and keeps its outcome."""

    def __init__(self, call, made, refusal):
        self.made = made
        # A garbage collection would add calls and allocations.
        gc.disable()
        try:
            self.result, self.error = attempt(call, made, refusal)
        except Interrupted as error:
            # The signal handler ran late.
            refusal.end()
            self.result, self.error = None, error
        gc.enable()

    def outcome(self):
        if self.error is None:
            return "returns", shown(self.result)
        return "raises", type(self.error).__name__, str(self.error)

    def let_go(self):
        if isinstance(self.result, ironmap.mmap):
            self.result.close()
        self.made = self.result = self.error = None


class Check:
    """Collects the problems of a point, each with its kind and a text."""

    def __init__(self, operation, make, refusal, usual, handler):
        self.operation, self.make, self.refusal = operation, make, refusal
        self.usual, self.handler = usual, handler
        self.problems = []
        self.noticed = True

    def wrong(self, kind, text):
        self.problems.append((kind, text))

    def prepared(self):
        made = self.make()
        prepare(self.operation, made)
        return made

    def handle(self, made):
        act, _ = HANDLERS[self.handler]
        if not hasattr(made, "m") and self.handler in ("closes", "resizes"):
            act, _ = HANDLERS["counts"]

        def called(*_):
            try:
                act(made)
            except (ValueError, BufferError, OSError, TypeError):
                pass

        signal.signal(self.refusal.signal, called)

    def run(self, thorough):
        descriptors = set(os.listdir("/proc/self/fd"))
        made = self.prepared()
        before = made.state()
        if self.refusal.signal:
            self.handle(made)
        trial = Trial(work_of(self.operation), made, self.refusal)
        self.judge(trial, before)
        if trial.error is not None and self.noticed and not self.refusal.signal:
            self.do_again(trial)
        self.cut_all(trial)
        trial.let_go()
        if self.refusal.signal:
            signal.signal(self.refusal.signal, signal.SIG_IGN)
        del made, before
        gc.collect()
        self.find_left(descriptors, trial)
        if thorough and self.grows():
            self.wrong("leak", "memory grows with each failure")

    def judge(self, trial, before):
        outcome, state = trial.outcome(), trial.made.state()
        usual = outcome == self.usual.outcome
        self.noticed = not usual
        if self.handler in ("closes", "resizes"):
            if not usual and not isinstance(trial.error, HANDLERS[self.handler][1]):
                self.wrong("wrong error", f"{outcome}"[:300])
            return
        if usual and state == self.usual.state:
            return
        if usual:
            self.wrong("loss", f"same outcome, but {difference(state, self.usual.state)}")
        elif trial.error is None:
            self.wrong("loss", f"another result: {outcome}"[:300])
        else:
            if not self.is_right(trial.error):
                self.wrong("wrong error", f"{outcome[1:]}"[:300])
            # A handler that raises can run after the operation has finished.
            if state != before and not (self.handler == "raises" and state == self.usual.state):
                self.wrong("loss", f"{outcome[1:]}, and {difference(state, before)}"[:600])

    def is_right(self, error):
        if self.handler:
            return isinstance(error, HANDLERS[self.handler][1])
        # Without memory an error can lack its text.
        no_memory = isinstance(error, MemoryError) or type(error).__name__ == self.usual.outcome[1]
        if self.refusal.error == errno.ENOMEM and no_memory:
            return True
        return isinstance(error, OSError) and error.errno == self.refusal.error

    def do_again(self, trial):
        again = Trial(work_of(self.operation), trial.made, NOTHING)
        if again.outcome() != self.usual.outcome:
            self.wrong("loss", f"repeated: {again.outcome()}, not {self.usual.outcome}"[:300])
        elif again.made.state() != self.usual.state:
            self.wrong(
                "loss", f"repeated: {difference(again.made.state(), self.usual.state)}"[:300]
            )
        again.let_go()

    def cut_all(self, trial):
        """Truncates the files: each map of one must raise FaultError."""
        made = trial.made
        for name in os.listdir(made.folder):
            os.truncate(made.path(name), 0)
        # This file can be without a name.
        made.file.truncate(0)
        maps = [getattr(made, "m", None), getattr(made, "opened", None), trial.result]
        for m in maps:
            if isinstance(m, ironmap.mmap) and not m.closed and len(m) and is_of_file(m):
                try:
                    m[len(m) - 1]
                except ironmap.FaultError:
                    continue
                self.wrong("loss", "no error for a truncated file")

    def find_left(self, descriptors, trial):
        left = set(os.listdir("/proc/self/fd")) - descriptors
        if left:
            self.wrong("leak", f"descriptors {left}")
        if mappings := mapped_files():
            self.wrong("leak", f"mappings {mappings}"[:300])

    def grows(self):
        """Returns whether each round leaks memory. A free list that fills up does so only once."""

        def round():
            made = self.prepared()
            if self.refusal.signal:
                self.handle(made)
            Trial(work_of(self.operation), made, self.refusal).let_go()

        def always(batches, rounds):
            least = [FOR_GOOD] * 3
            # From the second round on, an object is made while another exists.
            before, now = in_use(), in_use()
            for _ in range(batches):
                before = now
                for _ in range(rounds):
                    round()
                now = in_use()
                for at in range(3):
                    least[at] = min(least[at], now[at] - before[at])
            return any(each >= rounds for each in least)

        return always(6, 1) and always(4, 16)


def is_of_file(m):
    """Returns whether it is a map of a truncated file."""
    try:
        return m.size() == 0
    except (OSError, ValueError):
        return False


def mapped_files():
    """Returns the mappings of test files and of shared memory."""
    with open("/proc/self/maps") as maps:
        lines = [line.split(maxsplit=5) for line in maps]
    return [line for line in lines if len(line) == 6 and is_test_file(line[5])]


def is_test_file(path):
    return "ironmap-inject" in path or path.startswith("/dev/zero")


class Mallinfo(ctypes.Structure):
    names = "arena ord smb hblks hblkhd usm fsm uord ford keep"
    _fields_ = [(name, ctypes.c_size_t) for name in names.split()]


libc = ctypes.CDLL(None)
libc.mallinfo2.restype = Mallinfo


def in_use():
    """Returns the interpreter's blocks, units of 16 bytes of malloc, and pages of addresses."""
    gc.collect()
    # The type cache keeps names alive.
    sys._clear_type_cache()
    info = libc.mallinfo2()
    with open("/proc/self/statm", "rb", buffering=0) as statm:
        pages = int(statm.read().split()[0])
    return sys.getallocatedblocks(), (info.uord + info.hblkhd) // 16, pages


def difference(one, other):
    """Describes the first difference between two states."""
    if isinstance(one, list | tuple) and isinstance(other, list | tuple):
        for a, b in zip(one, other, strict=False):
            if a != b:
                return difference(a, b)
        one, other = one[len(other) :], other[len(one) :]
    return f"{short(one)} instead of {short(other)}"


def short(value):
    text = repr(value)
    return text if len(text) < 100 else f"{text[:60]}... ({len(text)} characters)"
