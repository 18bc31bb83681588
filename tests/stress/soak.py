"""The soak: uses maps in every way while their files change, shrink and are replaced.

    python tests/stress [--seconds N] [--seed S] [--pressure] [--until-found]

One process truncates, grows, overwrites and replaces files; others read,
search, write, resize, restore, close and fork maps of these files, in several
threads. Every byte that is read is compared with the possible content of the file
between the beginning and the end of the read, every successful write with the file;
``history.py`` explains how that works without a lock. All reported figures except
operations and faults must be 0, or the command fails:

wrong bytes   that were never in the file, or were cut off, and matches that a search
              has missed
lost writes   that succeeded and are not in the file
false faults  without a reason, or with a place, size or error number of none
deaths        of processes, by a signal or by an exception
hangs         of threads that did nothing for 5 minutes

With ``--pressure`` the processes have too little memory (``pressure.py``), so that pages
of files are dropped and read again. The limit must have been met. With ``--until-found``
the soak ends when a figure that must be 0 is not.

A seed gives each thread the same random choices; the scheduling still varies.
"""

from __future__ import annotations

import argparse
import faulthandler
import multiprocessing
import os
import signal
import sys
import tempfile
import threading
import time
import traceback
import warnings
from collections import Counter
from collections.abc import Callable
from pathlib import Path
from random import Random
from typing import Protocol

import ironmap
from stress.changers import Resized, Resizer, World
from stress.pressure import Pressure, Unavailable, pressure
from stress.room import JOURNALS, Room, Tally
from stress.users import Held, Reader, Writer

ROUND = 10.0  # Seconds. Each round has new files and new processes.
HANG = 300.0
WATCH = 0.2
FAILURES = ("wrong bytes", "lost writes", "false faults", "deaths", "hangs")
FOLDERS = ("/dev/shm", tempfile.gettempdir())
SMALL_NAMES = ["small0", "small1", "small2"]
LARGE_NAMES = ["large0", "large1"]
RESIZED_NAMES = ["resized", "large-resized"]
NAMES = [*SMALL_NAMES, *LARGE_NAMES, *RESIZED_NAMES]


class Runs(Protocol):
    def run(self) -> None: ...


Start = Callable[[list[Tally]], list[Runs]]


def main(arguments: list[str] | None = None) -> int:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--seconds", type=float, default=60)
    parser.add_argument("--seed", type=int, default=time.time_ns() % 1_000_000)
    parser.add_argument("--pressure", action="store_true")
    parser.add_argument("--until-found", action="store_true")
    options = parser.parse_args(arguments)
    print(f"soak: {options.seconds:g} s, seed {options.seed}", flush=True)
    if not options.pressure:
        return soak(options.seconds, options.seed, None, options.until_found)
    try:
        with pressure() as group:
            failed = soak(options.seconds, options.seed, group, options.until_found)
            print(f"limit met     {group.hits():,}")
            if kills := group.kills():
                raise Unavailable(f"the system killed {kills} processes for lack of memory")
            return failed or int(group.hits() == 0)
    except Unavailable as why:
        print(f"soak: passed over: {why}")
        return 0


def soak(seconds: float, seed: int, group: Pressure | None, until_found: bool) -> int:
    # Files in /dev/shm cannot be dropped under pressure, so the disk comes first.
    folders = FOLDERS[::-1] if group else FOLDERS
    report: Counter[str] = Counter()
    operations: Counter[str] = Counter()
    started = time.monotonic()
    rounds = 0
    while (left := started + seconds - time.monotonic()) > 0.1:
        folder = folders[rounds % len(folders)]
        with tempfile.TemporaryDirectory(prefix="soak-", dir=folder) as path:
            soaked = Round(Room(Path(path), f"{seed} {rounds}"), group, until_found)
            soaked.run(min(left, ROUND))
        report += soaked.report
        for tally in soaked.room.tallies:
            report.update(tally.results())
            operations.update(tally.operations())
        rounds += 1
        if until_found and any(report[name] for name in FAILURES):
            break
    return show(report, operations)


def show(report: Counter[str], operations: Counter[str]) -> int:
    print(", ".join(f"{name} {count}" for name, count in operations.most_common()))
    shown = {"operations": operations.total(), "faults": report["faults"]}
    for name, count in {**shown, **{name: report[name] for name in FAILURES}}.items():
        print(f"{name:13} {count:,}")
    return 1 if any(report[name] for name in FAILURES) else 0


class Round:
    """New files, and processes that use and change them."""

    def __init__(self, room: Room, group: Pressure | None, until_found: bool) -> None:
        self.room = room
        self.group = group
        self.until_found = until_found
        self.report: Counter[str] = Counter()
        self.tallies = iter(room.tallies)
        self.world = World(room, next(self.tallies), list(range(JOURNALS)))
        for name in [*SMALL_NAMES, *LARGE_NAMES]:
            self.world.make(name)
        self.resized = [self.make_resized(name) for name in RESIZED_NAMES]
        self.users = [
            self.process(3, self.start_readers),
            self.process(3, self.start_readers_late),
            self.process(6, self.start_writers),
        ]
        self.changer = Process([self.world.tally], lambda _: [self.world])

    def make_resized(self, name: str) -> Resized:
        number = self.world.unused.pop()
        path, shape = self.room.path(name), self.room.shape(name)
        return Resized(path, shape, self.room.journals[number], self.room.rng(name))

    def process(self, threads: int, start: Start) -> Process:
        return Process([next(self.tallies) for _ in range(threads)], start)

    def start_readers(self, tallies: list[Tally]) -> list[Runs]:
        faulthandler.enable()
        return [Reader(self.room, tally, self.rng(tally), [], NAMES) for tally in tallies]

    def start_readers_late(self, tallies: list[Tally]) -> list[Runs]:
        """Lets faulthandler replace our handler, until the next map is made."""
        ironmap.mmap(self.resized[0].file, 0).close()
        return self.start_readers(tallies)

    def start_writers(self, tallies: list[Tally]) -> list[Runs]:
        shared: list[Held] = []
        readers, writers, resizers = tallies[:2], tallies[2:4], tallies[4:]
        jobs: list[Runs] = []
        for tally in readers:
            jobs.append(Reader(self.room, tally, self.rng(tally), shared, NAMES))
        for tally, names in zip(writers, [SMALL_NAMES, LARGE_NAMES], strict=True):
            jobs.append(Writer(self.room, tally, self.rng(tally), shared, names))
        for tally, file in zip(resizers, self.resized, strict=True):
            jobs.append(Resizer(self.room, tally, self.rng(tally), shared, file))
        return jobs

    def rng(self, tally: Tally) -> Random:
        return self.room.rng("thread", self.room.tallies.index(tally))

    def run(self, seconds: float) -> None:
        processes = [*self.users, self.changer]
        for process in processes:
            process.child.start()
            if self.group and process.child.pid:
                self.group.take(process.child.pid)
        end = time.monotonic() + seconds
        while time.monotonic() < end and not (self.until_found and self.has_found(processes)):
            self.watch(processes)
        self.room.stop_users()
        while any(process.child.is_alive() for process in self.users):
            self.watch(processes)
        self.room.stop_changes()
        while self.changer.child.is_alive():
            self.watch([self.changer])
        self.report["deaths"] = sum(process.has_died() for process in processes)
        for file in [*self.world.all_files(), *self.resized]:
            file.close()

    def has_found(self, processes: list[Process]) -> bool:
        results = sum((Counter(tally.results()) for tally in self.room.tallies), self.report)
        died = any(process.child.exitcode for process in processes)
        return died or any(results[name] for name in FAILURES)

    def watch(self, processes: list[Process]) -> None:
        time.sleep(WATCH)
        if self.group:
            self.group.squeeze()
        for process in processes:
            if process.child.is_alive() and process.hangs():
                self.report["hangs"] += 1
                process.end_hanging()


class Process:
    """A process with several threads, which is watched."""

    def __init__(self, tallies: list[Tally], start: Start) -> None:
        self.tallies, self.start = tallies, start
        self.child = multiprocessing.get_context("fork").Process(target=self.work)
        self.done = [0] * len(tallies)
        self.moved = [time.monotonic()] * len(tallies)
        self.was_ended = False

    def work(self) -> None:
        # From Python 3.12 on: forking while there are threads.
        warnings.simplefilter("ignore", DeprecationWarning)
        faulthandler.register(signal.SIGUSR1)
        jobs = self.start(self.tallies)
        threads = [threading.Thread(target=run_or_die, args=(job,)) for job in jobs]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()

    def hangs(self) -> bool:
        """Returns whether a thread has done nothing for too long."""
        now = time.monotonic()
        for number, tally in enumerate(self.tallies):
            done = sum(tally.operations().values())
            if done != self.done[number]:
                self.done[number], self.moved[number] = done, now
        return now - min(self.moved) > HANG

    def end_hanging(self) -> None:
        """Prints the traceback of each thread, and kills the process."""
        print("soak: a thread hangs", file=sys.stderr, flush=True)
        self.was_ended = True
        assert self.child.pid is not None
        os.kill(self.child.pid, signal.SIGUSR1)
        time.sleep(1)
        self.child.kill()
        self.child.join()

    def has_died(self) -> bool:
        if self.was_ended or self.child.exitcode == 0:
            return False
        print(f"soak: a process ended with {self.child.exitcode}", file=sys.stderr, flush=True)
        return True


def run_or_die(job: Runs) -> None:
    """Ends the process if a thread raises, so that no exception is missed."""
    try:
        job.run()
    except BaseException:
        traceback.print_exc()
        sys.stderr.flush()
        os._exit(1)
