"""MADV_DONTFORK: use of the map in a forked child is an error, and the child keeps its own memory."""

import gc
import multiprocessing
import subprocess
import sys

from prelude import (
    PAGE,
    check_error,
    expect,
    fault_of,
    in_surviving_child,
    ironmap,
    kept_address,
    loaded,
    new_map,
    notes,
    os,
    skipped,
    survived,
)

if not sys.platform.startswith("linux"):
    skipped("Linux's advice")

PRIVATE = ironmap.MAP_PRIVATE | ironmap.MAP_ANONYMOUS
told = []
sys.unraisablehook = lambda unraisable: told.append(unraisable.exc_value)


def memory(pages=4, **options):
    return None, ironmap.mmap(-1, pages * PAGE, **options)


def lent_map():
    file, m = new_map()
    kept_address(m)
    return file, m


kinds = {
    "private memory": lambda: memory(flags=PRIVATE),
    "shared memory": memory,
    "file": new_map,
    "lent file": lent_map,
    "copy of a file": lambda: new_map(access=ironmap.ACCESS_COPY),
}


def own_maps():
    maps = [memory(flags=PRIVATE)[1] for _ in range(5)]
    for m in maps:
        m[:] = b"\7" * len(m)
    return maps


def let_go(close):
    """Closes or drops the map; the child's other maps stay."""
    global m
    own = own_maps()
    if close:
        m.close()
    del m
    gc.collect()
    own += own_maps()
    expect(
        all(each[:] == b"\7" * len(each) for each in own), "the child has lost memory of its own"
    )
    expect(not told, f"told {told}")


def use():
    uses = {
        "getitem": lambda: m[0],
        "setitem": lambda: m.__setitem__(0, 1),
        "slice": lambda: m[:],
        "find": lambda: m.find(b"\xfe\xff"),
        "export": lambda: memoryview(m),
        "restore": m.restore,
    }
    for name, action in uses.items():
        error = fault_of(name, action)
        check_error(name, error, 0, None)
        expect("MADV_DONTFORK" in str(error), str(error))
    expect((len(m), m.faults, m.closed) == (4 * PAGE, 0, False), "the map has changed")
    m.close()


def use_rest():
    expect(m[:PAGE] == first, "the first page has changed")
    fault_of("second page", lambda: m[PAGE])
    own = own_maps()
    m.close()
    expect(
        all(each[:] == b"\7" * len(each) for each in own), "the child has lost memory of its own"
    )


for kind, make in kinds.items():
    file, m = make()
    m[0] = 5
    m.madvise(ironmap.MADV_DONTFORK)
    notes.clear()
    in_surviving_child(use)
    in_surviving_child(lambda: let_go(close=True))
    in_surviving_child(lambda: let_go(close=False))
    # A child of the child.
    in_surviving_child(lambda: in_surviving_child(use))
    # No code of ours runs between fork and exec here.
    subprocess.run([sys.executable, "-c", "pass"], check=True)
    subprocess.run([sys.executable, "-c", "pass"], check=True, preexec_fn=os.getpid)
    child = os.posix_spawn(sys.executable, [sys.executable, "-c", "pass"], os.environ)
    expect(os.waitpid(child, 0)[1] == 0, "the spawned child failed")
    # This child runs to the shutdown of the interpreter.
    process = multiprocessing.get_context("fork").Process(target=own_maps)
    process.start()
    process.join()
    expect(process.exitcode == 0, f"{kind}: exit code {process.exitcode}")

    m.madvise(ironmap.MADV_DOFORK)
    in_surviving_child(lambda: expect(m[0] == 5, "not inherited again"))
    first = m[:PAGE]
    m.madvise(ironmap.MADV_DONTFORK, PAGE, PAGE)
    in_surviving_child(use_rest)
    expect(m[0] == 5 and m.faults == 0, f"{kind}: the parent's map has changed")
    m.close()


# Code that has the address reads zeros.
file, m = new_map()
view = memoryview(m)
m.madvise(ironmap.MADV_DONTFORK)


def look():
    expect(view[:] == bytes(4 * PAGE), "not zeros")
    view.release()
    m.close()


in_surviving_child(look)
view.release()

# A resize that moves the mapping keeps the advice.
file, m = new_map()
m.madvise(ironmap.MADV_DONTFORK)
m.resize(100 * PAGE)
in_surviving_child(lambda: fault_of("after a resize", lambda: m[50 * PAGE]))
in_surviving_child(lambda: let_go(close=True))
notes.clear()
survived()
