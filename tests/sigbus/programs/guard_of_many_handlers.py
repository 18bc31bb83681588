"""With eight other handlers known, ensure_fault_guard refuses a ninth and changes nothing."""

import foreign
from prelude import expect, faulthandler, ironmap, must_fault, new_map, os, signal, survived

faulthandler.disable()
file, m = new_map()
m[0]
handlers = []


def install_another():
    handlers.append(foreign.install(lambda *arguments: None))
    return foreign.installed()


for _ in range(7):  # The eighth is the action from before the first map.
    install_another()
    found = ironmap.ensure_fault_guard()
    expect(found == "replaced", f"found {found}")

top = install_another()
signal.pthread_sigmask(signal.SIG_BLOCK, [signal.SIGBUS])
for _ in range(3):
    try:
        ironmap.ensure_fault_guard()
    except RuntimeError as error:
        expect("8 different handlers" in str(error), str(error))
    else:
        expect(False, "a ninth handler was taken over")
    expect(foreign.installed() == top, "another handler is installed")
    expect(ironmap.fault_guard() == "replaced", ironmap.fault_guard())
    blocked = signal.pthread_sigmask(signal.SIG_BLOCK, [])
    expect(signal.SIGBUS in blocked, "a call that failed has unblocked SIGBUS")

# A handler that is known already is accepted.
foreign.reinstall(handlers[3])
expect(ironmap.ensure_fault_guard() == "replaced", "a known handler is a ninth")
os.ftruncate(file.fileno(), 0)
must_fault("item", m, lambda: m[0], 0, 0)
survived()
