"""A fork while a thread is about to die of SIGBUS: the child is guarded and survives."""

import threading

import foreign
from prelude import (
    PAGE,
    cut_map,
    expect,
    faulthandler,
    in_surviving_child,
    ironmap,
    must_fault,
    new_map,
    notes,
    os,
    signal,
    survived,
)

faulthandler.disable()
file, m = new_map()
m[0]
ours = foreign.Handler(foreign.installed())
ended = threading.Event()


def child(label):
    # The thread of the handler still has the signal blocked.
    signal.pthread_sigmask(signal.SIG_UNBLOCK, [signal.SIGBUS])
    os.ftruncate(file.fileno(), PAGE)
    must_fault(f"{label}: map of the parent", m, lambda: m[:], PAGE, PAGE)
    other_file, other = cut_map()
    must_fault(f"{label}: map of the child", other, lambda: other[0], 0, 0)
    expect(ironmap.fault_guard() == "active", ironmap.fault_guard())


def on_top(number, info, context):
    """Calls the previous handler, which ends the process as soon as SIGBUS is not blocked."""
    ours(number, info, context)
    expect(not foreign.installed(), "SIGBUS has not the default action")
    in_surviving_child(lambda: child("child of the thread that ends"))
    ended.set()
    threading.Event().wait()


# Without SA_NODEFER, so the signal is blocked while the handler runs.
handler = foreign.install(on_top, flags=foreign.SA_SIGINFO)
threading.Thread(target=lambda: signal.raise_signal(signal.SIGBUS), daemon=True).start()
ended.wait()
os.ftruncate(file.fileno(), 4 * PAGE)
in_surviving_child(lambda: child("child of another thread"))
notes.append("two children")
survived()
