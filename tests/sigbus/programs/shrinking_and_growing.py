"""Another process shrinks and rewrites the file while threads read it: no wrong byte.

It does so 300 times, and more until each reader has succeeded and one has met damage.
"""

import random
import time

from generations import Generations
from prelude import PAGE, expect, in_threads, ironmap, notes, os, signal, survived, tempfile

from hang import HANG

PAGES, ROUNDS = 1200, 300
MOST_ROUNDS = 20 * ROUNDS

file = tempfile.TemporaryFile()
generations = Generations(PAGES, MOST_ROUNDS, seed=148650)
generations.write(file.fileno(), 0)
m = ironmap.mmap(file.fileno(), 0)
reads, faults = [0] * 5, [0] * 5


def change():
    for _ in range(MOST_ROUNDS):
        if generations.is_stopped():
            break
        generations.advance(file.fileno())
        time.sleep(0.002)


def read_some(drawn):
    at = drawn.randrange(generations.length)
    stop = min(generations.length, at + drawn.choice((1, 100, PAGE, 20 * PAGE)))
    return at, m[at:stop]


def read_all(drawn):
    return 0, m[:]


def read_byte(drawn):
    at = drawn.randrange(generations.length)
    return at, bytes([m[at]])


def read_backwards(drawn):
    at = drawn.randrange(1, generations.length - 3 * PAGE)
    return at, m[at + 3 * PAGE - 1 : at - 1 : -1][::-1]


def search(drawn):
    at = drawn.randrange(generations.length)
    place = m.find(b"\xfe\xff", at)
    expect(place == -1, f"found what is not there at {place}")
    return at, b""


def loop(number, read):
    drawn = random.Random(number)
    while not generations.is_stopped() and generations.now() < MOST_ROUNDS:
        if generations.now() >= ROUNDS and all(reads) and any(faults):
            generations.stop()
        first = generations.now()
        try:
            at, data = read(drawn)
        except ironmap.FaultError as error:
            faults[number] += 1
            expect(0 <= error.offset < generations.length, f"offset {error.offset}")
            continue
        problem = data and generations.wrong_byte(at, data, first, generations.now())
        expect(not problem, problem)
        reads[number] += 1


writer = os.fork()
if writer == 0:
    signal.alarm(HANG)
    change()
    os._exit(0)
readers = (read_some, read_all, read_byte, read_backwards, search)
in_threads(
    *[lambda number=number, read=read: loop(number, read) for number, read in enumerate(readers)]
)
expect(os.waitpid(writer, 0)[1] == 0, "the writer failed")
expect(
    not generations.wrong_byte(0, m[:], generations.now() + 1, generations.now()),
    "wrong bytes in the end",
)
expect(all(reads), f"a reader never succeeded: {reads}")
expect(any(faults), "no read has met damage")
notes.append(
    f"{generations.now()} rounds, {sum(reads)} reads, {sum(faults)} fault errors, {m.faults} faults"
)
survived()
