"""Threads read, write, resize, close and restore maps of a file that is truncated all the time."""

import random

from prelude import PAGE, content, expect, in_threads, ironmap, new_file, notes, os, survived

PAGES = 600
LEAST = 50  # Times that each action succeeds.
file = new_file(PAGES)
maps = [ironmap.mmap(file.fileno(), 0) for _ in range(3)]
done, errors = {}, set()


def cut(drawn):
    os.ftruncate(file.fileno(), drawn.randrange(PAGES) * PAGE)
    os.pwrite(file.fileno(), content(PAGES * PAGE), 0)


def read(drawn):
    m = drawn.choice(maps)
    m[drawn.randrange(len(m)) :]


def write(drawn):
    m = drawn.choice(maps)
    at = drawn.randrange(len(m) - PAGE)
    m[at : at + PAGE] = content(at % 199 + PAGE)[at % 199 :]


def view(drawn):
    with memoryview(drawn.choice(maps)) as lent:
        bytes(lent[drawn.randrange(len(lent)) :])


def search(drawn):
    drawn.choice(maps).find(b"\xff", 0)


def resize(drawn):
    drawn.choice(maps).resize(drawn.randrange(2, PAGES) * PAGE)


def replace(drawn):
    number = drawn.randrange(len(maps))
    maps[number].close()
    maps[number] = ironmap.mmap(file.fileno(), 0)


def restore(drawn):
    drawn.choice(maps).restore()


def loop(action):
    drawn = random.Random(action.__name__)
    while "FaultError" not in errors or len(done) < len(actions) or min(done.values()) < LEAST:
        try:
            action(drawn)
            done[action.__name__] = done.get(action.__name__, 0) + 1
        except (OSError, ValueError, IndexError, BufferError) as error:
            errors.add(type(error).__name__)


actions = (cut, read, write, view, search, resize, replace, restore)
in_threads(*[lambda action=action: loop(action) for action in actions])
for m in maps:
    try:
        m.close()
    except ironmap.FaultError:
        expect(m.closed, "close failed")
notes.append(
    f"{sum(done.values())} operations, {sum(m.closed for m in maps)} maps closed, errors {sorted(errors)}"
)
survived()
