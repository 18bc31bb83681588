"""Program: cases with several interpreters in one process.

`program.py list` prints their names; `program.py NAME` runs one and prints "passed".
"""

import os
import pathlib
import sys
import threading

import inside
import low_level

HERE = str(pathlib.Path(__file__).parent)


def code(function, *arguments):
    """Returns code that calls a function of `inside`."""
    call = f"inside.{function.__name__}(*{arguments!r})"
    return f"import sys; sys.path.insert(0, {HERE!r}); import inside; {call}"


def everything_works(kind):
    low_level.once(kind, code(inside.everything))


def hooks_are_called(kind):
    low_level.once(kind, code(inside.hooks))


def threads_work(kind):
    low_level.once(kind, code(inside.threads))


def first_interpreter_unaffected(kind):
    """The first interpreter has its own classes and hooks, before and after."""
    import ironmap

    announced = []
    ironmap.set_fault_hook(announced.append)
    other = low_level.create(kind)
    low_level.run(other, code(inside.everything))
    low_level.run(other, code(inside.hooks))
    assert announced == []
    inside.everything()
    low_level.run(other, "import ironmap; ironmap.mmap.__name__")
    low_level.end(other)
    assert len(announced) == 1
    inside.everything()
    assert len(announced) == 2


def subinterpreter_imports_first(kind):
    low_level.once(kind, code(inside.everything))
    inside.everything()


def classes_are_own(kind):
    """A class has the subclasses of its interpreter only."""
    import ironmap

    subclassing = "import ironmap; kept = type('Map', (ironmap.mmap,), {})"
    low_level.once(kind, subclassing)
    other = low_level.create(kind)
    low_level.run(other, subclassing)
    names = [class_.__module__ for class_ in ironmap.mmap.__subclasses__()]
    low_level.end(other)
    assert "__main__" not in names, names


def trackfd_default_is_own(kind):
    """`install(trackfd=False)` and `uninstall` change the maps of their interpreter only."""
    import ironmap

    def check(here, there):
        inside.tracks_files(here)
        low_level.run(other, code(inside.tracks_files, there))

    other = low_level.create(kind)
    check(here=True, there=True)
    low_level.run(other, "import ironmap; ironmap.install(trackfd=False)")
    check(here=True, there=False)
    ironmap.install(trackfd=False)
    low_level.run(other, "import ironmap; ironmap.uninstall()")
    check(here=False, there=True)
    low_level.run(other, "import ironmap; ironmap.install(trackfd=False)")
    low_level.end(other)
    ironmap.uninstall()
    inside.tracks_files(True)
    low_level.once(kind, code(inside.tracks_files, True))


def interpreters_together(kind):
    """Eight threads, each with an interpreter of its own, map, fault and restore."""
    failed = []

    def work():
        try:
            low_level.once(kind, code(inside.many_faults))
        except low_level.Failed:
            failed.append(1)

    threads = [threading.Thread(target=work) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert failed == []


def nothing_leaks(kind):
    """200 interpreters leave nothing behind that interpreters without ironmap do not."""
    sizes = {}
    for name, text in [("without", code(inside.nothing)), ("with", code(inside.left_open))]:
        for _ in range(20):
            low_level.once(kind, text)
        before = held()
        for _ in range(200):
            low_level.once(kind, text)
        sizes[name] = {what: after - before[what] for what, after in held().items()}
    beside, own = sizes["without"], sizes["with"]
    assert own["descriptors"] == beside["descriptors"] == 0, sizes
    assert own["areas"] - beside["areas"] < 20, sizes
    # An interpreter of 3.12 or 3.13 keeps all names, or, with its own GIL, all its memory: 0.2 to
    # 3 MB each, without ironmap.
    if sys.version_info[:2] not in [(3, 12), (3, 13)]:
        # Less than half of what one class takes.
        assert own["memory"] - beside["memory"] < 200 * inside.PAGE, sizes


def held():
    status = pathlib.Path("/proc/self/status").read_text()
    (memory,) = (line.split()[1] for line in status.splitlines() if line.startswith("VmRSS"))
    areas = pathlib.Path("/proc/self/maps").read_text().count("\n")
    descriptors = len(os.listdir("/proc/self/fd"))
    return {"memory": int(memory) << 10, "areas": areas, "descriptors": descriptors}


EACH_KIND = [
    everything_works,
    hooks_are_called,
    threads_work,
    first_interpreter_unaffected,
    subinterpreter_imports_first,
    classes_are_own,
    trackfd_default_is_own,
    interpreters_together,
    nothing_leaks,
]
CASES = {f"{case.__name__}_{kind}": (case, kind) for case in EACH_KIND for kind in low_level.KINDS}


def pool_executor(_kind):
    from concurrent.futures import InterpreterPoolExecutor

    with InterpreterPoolExecutor(
        4, initializer=exec, initargs=(f"import sys; sys.path.insert(0, {HERE!r})",)
    ) as pool:
        for done in [pool.submit(inside.everything) for _ in range(32)]:
            done.result()


def view_across(_kind):
    """An interpreter reads and writes the map of another one through a view."""
    from concurrent import interpreters

    import ironmap

    m = ironmap.mmap(-1, inside.PAGE)
    other = interpreters.create()
    other.prepare_main(view=memoryview(m))
    other.exec("view[0] = 7; assert view[1] == 0; view.release(); del view")
    other.close()
    assert m[0] == 7
    m.close()


if sys.version_info >= (3, 14):
    CASES |= {case.__name__: (case, low_level.OWN) for case in [pool_executor, view_across]}

if __name__ == "__main__":
    if sys.argv[1] == "list":
        print(*CASES, sep="\n")
    else:
        case, kind = CASES[sys.argv[1]]
        case(kind)
        print("passed")
