"""What is not ours to mend, or is meant: each with its owner and the reason."""

import re
from collections import defaultdict
from typing import NamedTuple

FRAME = re.compile(r"^ +\d+: (.*?)(?:::h[0-9a-f]{16})?$", re.MULTILINE)
SIZE = re.compile(r"memory allocation of (\d+) bytes failed")

# Small allocations of others, which end the process where they fail: stable Rust has no
# way to catch that. Before each, the core has asked for more than it takes, and has freed
# that again (DESIGN.md, "Without memory").
LIBRARIES = {
    "aho_corasick": "aho-corasick: an automaton of the needles",
    "std::thread": "std: a thread, or the number of processors",
    "std::sync::mpmc": "std: a thread",
}


class Meant(NamedTuple):
    """A problem that is documented: of which operations and points, and why it is none."""

    problem: str
    operation: str
    point: str
    owner: str


MEANT = [
    # Where it has no memory for a frame or a traceback.
    Meant("wrong error", "", "allocation of the interpreter .*'SystemError', '(error return|<function)", "CPython: a function that fails without an exception"),
    Meant("loss", ".*, closed while converting", "", "meant: what is converted has closed the map"),
    Meant("leak", "", "munmap ", "system: what it does not unmap stays mapped"),
    Meant("leak", "", "fstat ", "meant: a descriptor is closed where it is known to be the map's"),
    Meant("wrong error", "open (anew|over)", "lseek ", "meant: lseek says EINVAL of a size that a file system cannot have: EFBIG"),
    Meant("wrong error", "fileno", "(fcntl F_GETFL|open|fstat|fcntl F_DUPFD_CLOEXEC) ", "meant: UnsupportedOperation, for callers that try another way then"),
    Meant("loss", "open over .*with pages", "madvise ", "meant: pages are made when the file is replaced; ironmap.open says so"),
    Meant("loss", "(ensure_)?fault_guard", "sigaction ", "meant: without an answer SIGBUS is another's"),
    Meant("loss", "_mount_of", "statx ", "meant: 0 where the mount is not known"),
]


class Known:
    """Whose the problems are that are known."""

    def __init__(self):
        # How many, and how large the largest allocation was, by owner.
        self.owners = {}
        # Of each operation the allocations that end the process alone: owner and size.
        self.fatal = defaultdict(set)

    def is_known(self, operation, point, problem, text):
        size = int(found[1]) if (found := SIZE.search(text)) else 0
        owner = self.owner(operation, point, problem, text, size)
        if owner:
            count, most = self.owners.get(owner, (0, 0))
            self.owners[owner] = count + 1, max(most, size)
        return bool(owner)

    def owner(self, operation, point, problem, text, size):
        if problem == "death" and size:
            owner = owner_of_allocation(text)
            # Where all that follow are refused there is no trace.
            if "all that follow" in point:
                return next((owner for owner, alone in self.fatal[operation] if alone == size), "")
            self.fatal[operation].add((owner, size))
            return owner
        for meant in MEANT:
            about = f"{point}: {text}"
            if (
                meant.problem == problem
                and re.match(meant.operation, operation)
                and re.match(meant.point, about)
            ):
                return meant.owner
        return ""


def owner_of_allocation(text):
    """Of the trace the first frame that is of a library or of ours: whose it is."""
    frames = FRAME.findall(text)
    start = next((at for at, frame in enumerate(frames) if "handle_alloc_error" in frame), 0)
    for frame in frames[start:]:
        for library, owner in LIBRARIES.items():
            if library in frame:
                return owner
        if re.search(r"\b_?ironmap::", frame):
            return ""
    return ""
