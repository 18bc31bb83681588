"""Another process cuts and grows the file under threads that write: what was stored is there.

Each thread writes pages of its own. The file only ever loses its second half,
so a store to the first half is never lost, and one to the second half is an
error or is there, unless the file was cut since.
"""

import time

from prelude import PAGE, expect, in_threads, ironmap, notes, os, signal, survived, tempfile

PAGES, ROUNDS, THREADS = 64, 300, 4

file = tempfile.TemporaryFile()
os.ftruncate(file.fileno(), PAGES * PAGE)
m = ironmap.mmap(file.fileno(), 0)
cuts = memoryview(ironmap.mmap(-1, PAGE)).cast("Q")
stored, checked, faults = [0] * THREADS, [0] * THREADS, [0] * THREADS


def change():
    for _ in range(ROUNDS):
        cuts[0] += 1
        os.ftruncate(file.fileno(), PAGES // 2 * PAGE)
        time.sleep(0.0005)
        os.ftruncate(file.fileno(), PAGES * PAGE)
        cuts[0] += 1
        time.sleep(0.002)


def write(number):
    count = 0
    while cuts[0] < 2 * ROUNDS:
        count += 1
        at = (count * THREADS + number) % PAGES * PAGE
        data = bytes([count % 255 + 1]) * PAGE
        before = cuts[0]
        try:
            m[at : at + PAGE] = data
        except ironmap.FaultError:
            faults[number] += 1
            expect(at >= PAGES // 2 * PAGE, "a fault in the part that the file never loses")
            continue
        there = os.pread(file.fileno(), PAGE, at)
        stored[number] += 1
        kept = at < PAGES // 2 * PAGE or (before % 2 == 0 and cuts[0] == before)
        if kept:
            checked[number] += 1
            expect(there == data, f"a store of {len(data)} bytes at page {at // PAGE} is lost")


writer = os.fork()
if writer == 0:
    signal.alarm(40)
    change()
    os._exit(0)
in_threads(*[lambda number=number: write(number) for number in range(THREADS)])
expect(os.waitpid(writer, 0)[1] == 0, "the writer failed")
expect(any(faults), "no store has met damage")
notes.append(f"{sum(stored)} stores, {sum(checked)} of them checked, {sum(faults)} fault errors")
survived()
