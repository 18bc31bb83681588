"""Another process truncates and grows the file while threads write: stored bytes are there.

Each thread writes its own pages. The file only loses its second half, so a store to the
first half is never lost. One to the second half is an error or is there, unless the file
was truncated since.
"""

import time

from prelude import PAGE, expect, in_threads, ironmap, notes, os, signal, survived, tempfile

from hang import HANG

PAGES, ROUNDS, THREADS = 64, 300, 4
MOST_ROUNDS = 20 * ROUNDS

file = tempfile.TemporaryFile()
os.ftruncate(file.fileno(), PAGES * PAGE)
m = ironmap.mmap(file.fileno(), 0)
words = memoryview(ironmap.mmap(-1, PAGE)).cast("Q")
CUTS, MET_DAMAGE, ENDED = range(3)
stored, checked, faults = [0] * THREADS, [0] * THREADS, [0] * THREADS


def change():
    """Truncates and grows ROUNDS times, and more until a store has met damage."""
    for number in range(MOST_ROUNDS):
        if number >= ROUNDS and words[MET_DAMAGE]:
            break
        words[CUTS] += 1
        os.ftruncate(file.fileno(), PAGES // 2 * PAGE)
        time.sleep(0.0005)
        os.ftruncate(file.fileno(), PAGES * PAGE)
        words[CUTS] += 1
        time.sleep(0.002)
    words[ENDED] = 1


def write(number):
    count = 0
    while not words[ENDED]:
        count += 1
        at = (count * THREADS + number) % PAGES * PAGE
        data = bytes([count % 255 + 1]) * PAGE
        before = words[CUTS]
        try:
            m[at : at + PAGE] = data
        except ironmap.FaultError:
            faults[number] += 1
            words[MET_DAMAGE] = 1
            expect(at >= PAGES // 2 * PAGE, "a fault in the part that the file never loses")
            continue
        there = os.pread(file.fileno(), PAGE, at)
        stored[number] += 1
        kept = at < PAGES // 2 * PAGE or (before % 2 == 0 and words[CUTS] == before)
        if kept:
            checked[number] += 1
            expect(there == data, f"a store of {len(data)} bytes at page {at // PAGE} is lost")


writer = os.fork()
if writer == 0:
    signal.alarm(HANG)
    change()
    os._exit(0)
in_threads(*[lambda number=number: write(number) for number in range(THREADS)])
expect(os.waitpid(writer, 0)[1] == 0, "the writer failed")
expect(any(faults), "no store has met damage")
notes.append(f"{sum(stored)} stores, {sum(checked)} of them checked, {sum(faults)} fault errors")
survived()
