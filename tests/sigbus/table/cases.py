"""Program: one operation on maps of every kind whose file is truncated in every way.

`cases.py page|long OPERATION`. Each case runs in its own forked child. The expected result
without damage, and for foreign code, is that of an anonymous map of the stdlib module with
the same bytes.
"""

import mmap
import sys
import tempfile

import operations
from prelude import (
    PAGE,
    check_error,
    content,
    expect,
    fault_of,
    in_child,
    ironmap,
    notes,
    os,
    page_end,
    survived,
)

WRITABLE = {
    "default": {},
    "write": {"access": ironmap.ACCESS_WRITE},
    "copy": {"access": ironmap.ACCESS_COPY},
    "private": {"flags": ironmap.MAP_PRIVATE},
    "trackfd=False": {"trackfd": False},
    "offset": {"offset": 2 * ironmap.ALLOCATIONGRANULARITY},
}
READABLE = {
    **WRITABLE,
    "read": {"access": ironmap.ACCESS_READ},
    "read without descriptor": {"access": ironmap.ACCESS_READ, "trackfd": False},
    "copy at an offset": {"access": ironmap.ACCESS_COPY, "offset": ironmap.ALLOCATIONGRANULARITY},
}
PRIVATE = ("copy", "private", "copy at an offset")


class Case:
    """A map of a file that is whole at first, and its expected content."""

    def __init__(self, operation, unit, mode):
        self.operation = operation
        self.length = 4 * unit
        self.options = READABLE[mode]
        self.offset = self.options.get("offset", 0)
        self.private = mode in PRIVATE
        self.tracked = self.options.get("trackfd", True)
        self.file = tempfile.TemporaryFile()
        os.pwrite(self.file.fileno(), content(self.length), self.offset)
        self.map = ironmap.mmap(self.file.fileno(), self.length, **self.options)
        self.map.seek(operation.position)

    def cut(self, keep, by_another_process):
        """Truncates the file to `keep` bytes of the map; -1 truncates before the map."""
        self.size = max(0, self.offset + keep)
        kept = max(0, keep)
        self.end = min(page_end(kept), self.length)
        self.before = content(self.length)[:kept].ljust(self.length, b"\0")
        if by_another_process:
            expect(
                in_child(lambda: os.ftruncate(self.file.fileno(), self.size)) == 0,
                "cannot cut the file",
            )
        else:
            os.ftruncate(self.file.fileno(), self.size)

    def expected(self):
        """Returns the result, the position and the content without damage."""
        model = mmap.mmap(-1, self.length)
        model[:] = self.before
        model.seek(self.operation.position)
        result = (self.operation.like or self.operation.act)(model)
        return result, model.tell(), model[:]

    def is_right(self, offset, damaged):
        """Returns whether an error can name this byte; the file's end needs a descriptor."""
        if self.tracked:
            return offset in damaged
        return offset >= self.end and self.operation.is_touched(offset)

    def file_size(self):
        return self.size if self.tracked else None

    def check_shown(self, shown):
        """Checks the remaining bytes in the map and in the file."""
        expect(self.map[: self.end] == shown[: self.end], "wrong bytes in the map")
        kept = self.size - self.offset
        if kept > 0:
            in_file = os.pread(self.file.fileno(), kept, self.offset)
            expect(
                in_file == (self.before if self.private else shown)[:kept],
                "wrong bytes in the file",
            )
        expect(os.fstat(self.file.fileno()).st_size == self.size, "the file's size changed")

    def check_grown(self, damaged):
        """Writes other bytes to the whole file: the map must show them, if it has a descriptor."""
        new = content(self.length, 1)
        os.pwrite(self.file.fileno(), new, self.offset)
        if self.tracked:
            expect(self.map[:] == new, "the map does not show the file that has grown again")
            return
        expect(self.map[: self.end] == new[: self.end], "the intact part does not show the file")
        error = fault_of("damage without a descriptor", lambda: self.map[damaged])
        check_error("damage without a descriptor", error, damaged, None)


def own(case):
    """Checks an operation of the map: a FaultError, or the usual result."""
    m, operation = case.map, case.operation
    act = lambda: operation.act(m)
    damaged = operation.damaged(case.end)
    if not damaged:
        result, position, shown = case.expected()
        expect(act() == result, "wrong result")
        expect(m.tell() == position, "wrong position")
        expect(m.faults == 0, "a fault was counted")
        case.check_shown(shown)
        return
    for _ in range(2):
        error = fault_of("operation", act)
        expect(
            case.is_right(error.offset, damaged), f"offset {error.offset} is not one of {damaged}"
        )
        check_error("operation", error, error.offset, case.file_size())
        expect(m.tell() == operation.position, "the position moved")
        case.check_shown(case.before)
    expect(m.faults >= 1, "no fault was counted")
    case.check_grown(error.offset)


def by_foreign_code(case):
    """Checks other code: zeros instead of damage, and one FaultError by the next call."""
    m, operation = case.map, case.operation
    damaged = min(operation.damaged(case.end), default=None)
    result, position, shown = case.expected()
    seen = operation.act(m)
    if damaged is not None:
        expect(m.faults >= 1, "no fault was counted")
        error = fault_of("next call", lambda: m[0])
        expect(
            case.end <= error.offset <= damaged,
            f"offset {error.offset}, not from {case.end} to {damaged}",
        )
        check_error("next call", error, error.offset, case.file_size())
    expect(seen == result, "wrong result")
    expect(m.tell() == position, "wrong position")
    case.check_shown(shown if damaged is None else case.before)
    if damaged is not None:
        case.check_grown(damaged)


def run_cases(operation, unit, check, modes, keeps):
    for mode in modes:
        for keep in keeps:
            for by_another_process in (False, True):
                print(
                    f"{mode}, {keep} bytes kept, by another process: {by_another_process}",
                    flush=True,
                )

                def one():
                    case = Case(operation, unit, mode)
                    case.cut(keep, by_another_process)
                    check(case)

                status = in_child(one)
                expect(status == 0, f"ended with status {status}")
                notes[:] = [f"{int(notes[0]) + 1 if notes else 1}"]


def main(size, name):
    unit = {"page": PAGE, "long": 1280 * PAGE}[size]
    own_kinds = [operations.reading, operations.added, operations.writing]
    if size == "page":
        own_kinds += [operations.reading_little, operations.writing_little]
    checks = {kind: own for kind in own_kinds}
    checks |= {kind: by_foreign_code for kind in (operations.foreign, operations.foreign_stores)}
    kind = next(kind for kind in checks if name in kind(unit))
    operation = kind(unit)[name]
    modes = WRITABLE if operation.writes else READABLE
    keeps = [-1, 0, unit + 100, 2 * unit, 3 * unit + PAGE // 2, 4 * unit - 1]
    if size == "long":
        modes, keeps = (
            [mode for mode in modes if mode in ("default", "copy")],
            [0, unit + 100, 4 * unit - 1],
        )
    run_cases(operation, unit, checks[kind], modes, keeps)
    survived()


main(*sys.argv[1:])
