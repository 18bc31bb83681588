"""The differential test finds defects that are planted in a map, one at a time."""

import collections

import pytest

from .expected import Promised
from .machine import Differential, run_round
from .side import side_of

ROUNDS = 10


class FindMissesTheLastByte(Promised):
    def find(self, *args):
        found = super().find(*args)
        return -1 if found == len(self) - 1 else found


class FindTrustsAClosedMap(Promised):
    def find(self, *args):
        try:
            return super().find(*args)
        except ValueError:
            return -1


class FailedWriteMovesThePosition(Promised):
    def write(self, *args):
        try:
            return super().write(*args)
        except ValueError:
            if not self.closed and self.tell() < len(self):
                self.seek(1, 1)
            raise


class ShortReadForgetsThePosition(Promised):
    def read(self, *args):
        before = self.tell()
        result = super().read(*args)
        if args and isinstance(args[0], int) and len(result) < args[0]:
            self.seek(before)
        return result


class IndexOffByOneAtTheFront(Promised):
    def __getitem__(self, key):
        if not self.closed and key == -len(self) - 1:
            key = 0
        return super().__getitem__(key)


class ResizeClampsThePosition(Promised):
    def resize(self, *args):
        super().resize(*args)
        if self.tell() > len(self):
            self.seek(0, 2)


class CloseSwallowsExports(Promised):
    def close(self):
        try:
            super().close()
        except BufferError:
            pass


class MoveDoesNothingWhenItOverlaps(Promised):
    def move(self, *args):
        if len(args) == 3 and all(isinstance(at, int) for at in args):
            if args[0] < args[1] < args[0] + args[2] <= len(self):
                return None
        return super().move(*args)


class WordsItDifferently(Promised):
    def write_byte(self, *args):
        try:
            return super().write_byte(*args)
        except ValueError as error:
            raise ValueError(str(error).replace("out of range", "out of bounds")) from None


class IteratesOverNumbers(Promised):
    def __iter__(self):
        return iter(self[:])


DEFECTIVE = [
    FindMissesTheLastByte,
    FindTrustsAClosedMap,
    FailedWriteMovesThePosition,
    ShortReadForgetsThePosition,
    IndexOffByOneAtTheFront,
    ResizeClampsThePosition,
    CloseSwallowsExports,
    MoveDoesNothingWhenItOverlaps,
    WordsItDifferently,
    IteratesOverNumbers,
]


REPRESENTATIVE = CloseSwallowsExports
CASES = [
    pytest.param(each, id=each.__name__, marks=[] if each is REPRESENTATIVE else pytest.mark.weekly)
    for each in DEFECTIVE
]


@pytest.mark.parametrize("defective", CASES)
def test_planted_defect_found(defective):
    subject = type("mmap.mmap", (defective,), {})

    class Planted(Differential):
        make_subject = staticmethod(lambda: side_of(subject))
        operations = collections.Counter()

    with pytest.raises(AssertionError, match="after the last line of this script"):
        for number in range(ROUNDS):
            run_round(Planted, number)


@pytest.mark.weekly
def test_sound_map_passes():
    class Sound(Differential):
        make_subject = staticmethod(lambda: side_of(Promised))
        operations = collections.Counter()

    run_round(Sound, 0)
