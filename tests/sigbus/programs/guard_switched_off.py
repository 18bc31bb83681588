"""Without the guard SIGBUS is left alone, and the program's own handler gets the faults."""

import subprocess
import sys

import foreign
from prelude import PAGE, cut_map, expect, faulthandler, ironmap, new_map, os, signal, survived

VARIABLE = "IRONMAP_FAULT_GUARD"
TOO_LATE = "only before the first map of a file and the first call of ensure_fault_guard"
faulthandler.disable()


def refuses(action, words):
    try:
        action()
    except RuntimeError as error:
        expect(words in str(error), str(error))
    else:
        expect(False, f"no error: {words}")


def leaves_the_signal_alone():
    expect(ironmap.fault_guard() == "off", ironmap.fault_guard())
    before = foreign.installed()
    file, m = cut_map()
    expect(m[:0] == b"" and m.find(b"") == 0 and len(m) == 4 * PAGE, "another map")
    expect(foreign.installed() == before, "SIGBUS was taken")
    expect(ironmap.fault_guard() == "off", ironmap.fault_guard())
    refuses(ironmap.ensure_fault_guard, "switched off")
    expect(foreign.installed() == before, "SIGBUS was taken")
    ironmap.disable_fault_guard()  # A second call changes nothing.

    def repair(number, info, context):
        faults.append(info.contents.address)
        foreign.cover(info.contents.address & -PAGE)

    faults = []
    handler = foreign.install(repair)
    expect(m[PAGE + 7] == 0 and len(faults) == 1 and m.faults == 0, f"faults {faults}, {m.faults}")
    m.restore(), m.resize(PAGE), m.close(), handler
    survived()


def by_call():
    ironmap.mmap(-1, 10)[0]  # A map that cannot fault leaves the choice open.
    expect(ironmap.fault_guard() == "idle", ironmap.fault_guard())
    ironmap.disable_fault_guard()
    leaves_the_signal_alone()


def by_variable():
    expect(os.environ[VARIABLE] == "0", "no variable")
    leaves_the_signal_alone()


def by_variable_that_the_program_sets():
    os.environ[VARIABLE] = "0"
    leaves_the_signal_alone()


def another_value():
    file, m = new_map()
    expect(ironmap.fault_guard() == "active", ironmap.fault_guard())
    survived()


def too_late():
    file, m = new_map()
    os.environ[VARIABLE] = "0"
    refuses(ironmap.disable_fault_guard, TOO_LATE)
    m.close()
    refuses(ironmap.disable_fault_guard, TOO_LATE)
    expect(ironmap.fault_guard() == "active", ironmap.fault_guard())
    survived()


def too_late_after_ensure():
    ironmap.ensure_fault_guard()
    refuses(ironmap.disable_fault_guard, TOO_LATE)
    survived()


PARTS = {
    "by call": (by_call, None),
    "by variable": (by_variable, "0"),
    "by variable that the program sets": (by_variable_that_the_program_sets, None),
    "another value": (another_value, "1"),
    "empty value": (another_value, ""),
    "too late": (too_late, None),
    "too late after ensure": (too_late_after_ensure, None),
}
if sys.argv[1:]:
    PARTS[sys.argv[1]][0]()
for part, (_, value) in PARTS.items():
    command = [sys.executable, *sys.orig_argv[1 : -len(sys.argv)], __file__, part]
    environment = {name: kept for name, kept in os.environ.items() if name != VARIABLE}
    environment |= {} if value is None else {VARIABLE: value}
    done = subprocess.run(command, env=environment, capture_output=True, text=True)
    expect(done.returncode == 0, f"{part}: {done.returncode}\n{done.stdout}\n{done.stderr}")
survived()
