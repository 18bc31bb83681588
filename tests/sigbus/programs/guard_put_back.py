"""ensure_fault_guard installs the handler again, unblocks SIGBUS, and returns the former state."""

import foreign
from compiled import library
from prelude import (
    cut_map,
    expect,
    faulthandler,
    grow,
    in_surviving_child,
    in_threads,
    ironmap,
    must_fault,
    new_map,
    os,
    signal,
    survived,
)

faulthandler.disable()
BUS = [signal.SIGBUS]
handler = library("resetting_handler")
before = foreign.installed()


def expect_found(what):
    found = ironmap.ensure_fault_guard()
    expect(found == what, f"found {found}, not {what}")
    expect(ironmap.fault_guard() == "active", ironmap.fault_guard())


def cut_under(use):
    file, m = new_map()
    m[0]
    use()
    os.ftruncate(file.fileno(), 0)
    must_fault("item", m, lambda: m[0], 0, 0)
    grow(m, file)


# Before the first map.
expect(ironmap.fault_guard() == "idle", ironmap.fault_guard())
expect(foreign.installed() == before, "fault_guard() has installed the handler")
expect_found("idle")
expect_found("active")


def ignored():
    signal.signal(signal.SIGBUS, signal.SIG_IGN)
    expect(ironmap.fault_guard() == "replaced", ironmap.fault_guard())
    expect_found("replaced")


def replaced():
    """The same handler, more often than the limit of different ones."""
    for _ in range(100):
        expect(handler.install_resetting() == 0, "sigaction")
        expect_found("replaced")


def blocked():
    signal.pthread_sigmask(signal.SIG_BLOCK, BUS)
    expect(ironmap.fault_guard() == "blocked", ironmap.fault_guard())
    expect_found("blocked")
    expect(not signal.pthread_sigmask(signal.SIG_BLOCK, []), "still blocked")


def both():
    signal.pthread_sigmask(signal.SIG_BLOCK, BUS)
    handler.install_resetting()
    expect_found("replaced")


def forked():
    handler.install_resetting()
    in_surviving_child(lambda: expect_found("replaced"))
    expect_found("replaced")


for use in (ignored, replaced, blocked, both, forked):
    cut_under(use)


def of_many():
    for _ in range(200):
        handler.install_resetting()
        ironmap.ensure_fault_guard()


in_threads(*[of_many] * 4)
expect(ironmap.fault_guard() == "active", ironmap.fault_guard())

# Each thread has its own mask: another thread unblocks only its own.
signal.pthread_sigmask(signal.SIG_BLOCK, BUS)
in_threads(lambda: expect_found("blocked"))
expect(ironmap.fault_guard() == "blocked", "another thread's mask was changed")
expect_found("blocked")

file, m = cut_map()
must_fault("item", m, lambda: m[0], 0, 0)
survived()
