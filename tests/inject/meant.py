"""Problems that are documented, or of other software: each with its owner and the reason."""

import re
from typing import NamedTuple


class Meant(NamedTuple):
    """A problem of some operations and points, matched by the beginnings of names and texts."""

    problem: str
    operation: str
    about: str
    owner: str

    def is_of(self, problem, operation, about):
        is_there = re.match(self.operation, operation) and re.match(self.about, about)
        return problem == self.problem and bool(is_there)


ANY = ""
FIRST = "meant: the guard is switched on before the first map is made"

MEANT = [
    # The interpreter has no memory for a frame or a traceback.
    Meant(
        "wrong error",
        ANY,
        "allocation of the interpreter .*'SystemError', '(error return|<function)",
        "CPython: a function that fails without an exception",
    ),
    # gc.get_objects() shows arguments that became cells before the allocation of the next failed.
    Meant(
        "leak",
        "(open (anew|over)|split|FileMap.__reduce_ex__)",
        "allocation of the interpreter .*memory grows",
        "CPython: the arguments of a function with closures, which are not freed",
    ),
    Meant(
        "wrong error",
        "FileMap.__reduce_ex__",
        "allocation of the interpreter .*'PicklingError'",
        "CPython: pickle names what it could not import, not why",
    ),
    Meant("leak", ANY, "munmap ", "system: what it does not unmap stays mapped"),
    Meant("leak", ANY, "fstat ", "meant: a descriptor is closed where it is known to be the map's"),
    Meant(
        "leak",
        "(resize|close|truncate|release)",
        "malloc .*memory grows",
        "meant: addresses that were lent stay zeros where they cannot be noted",
    ),
    Meant(
        "loss", "writelines of an error", ANY, "meant: writelines writes what comes before an error"
    ),
    Meant(
        "loss", ".*, closed while converting", ANY, "meant: what is converted has closed the map"
    ),
    Meant(
        "loss",
        "open anew",
        ".*'unmade', 0,",
        "meant: a new file stays, empty: to remove it by its path could remove another's",
    ),
    Meant(
        "loss",
        "open over .*with pages",
        "(madvise|allocation of the interpreter) ",
        "meant: pages are made when the file is replaced, as ironmap.open says",
    ),
    Meant(
        "wrong error",
        "open (anew|over)",
        "lseek ",
        "meant: EINVAL of lseek is that no file has this size: EFBIG",
    ),
    Meant(
        "wrong error",
        ".*(fault|cut)",
        "fstat .*'FaultError', '.* could not be read",
        "meant: where the file's size is not known a fault has no better reason",
    ),
    Meant(
        "wrong error", "lock", "mlock2 .*Errno 12", "meant: mlock2 only says why mlock has failed"
    ),
    Meant("loss", "_file_status", "statx ", "meant: None where there is no statx"),
    Meant(
        "loss",
        "(ensure_)?fault_guard",
        "sigaction ",
        "meant: without an answer SIGBUS is another's",
    ),
    Meant("loss", ".*, the first", ".*'(active|replaced)' instead of", FIRST),
    Meant("loss", "ensure_fault_guard, the first", ".*repeated: .*'replaced'", FIRST),
]
