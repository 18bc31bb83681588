"""Finds the owner of a problem: from the backtrace of a fatal allocation, else from meant.py."""

import re
from collections import defaultdict

from inject.meant import MEANT

FRAME = re.compile(r"^ +\d+: (.*?)(?:::h[0-9a-f]{16})?$", re.MULTILINE)
SIZE = re.compile(r"memory allocation of (\d+) bytes failed")

# Small allocations of other software, whose failure ends the process: stable Rust cannot catch
# it. Before each, the core has allocated more than it takes and freed that again (DESIGN.md,
# "Without memory").
LIBRARIES = {
    "aho_corasick": "aho-corasick: an automaton of the needles",
    "std::thread": "std: a thread, or the number of processors",
    # Our own allocations there are fallible; the others are inlined ones of these libraries.
    "ironmap::search::multi::Needles::new": "aho-corasick: an automaton of the needles",
    "_ironmap::module::prepare_needles": "aho-corasick: an automaton of the needles",
    "ironmap::search::parallel::on_all_cores": "std: a thread, or the number of processors",
}

# The largest allocation that may end the process. One whose size depends on an argument or a
# file can be larger, and may not.
LARGEST = 64 << 10

# CPython crashes, or tries forever to handle an exception.
INTERPRETER = "CPython: Python code without memory"


class Known:
    """The known problems and their owners."""

    def __init__(self):
        # Count and size of the largest allocation, by problem and owner.
        self.owners = {}
        # For each operation, owner and size of the allocations whose failure alone is fatal.
        self.fatal = defaultdict(set)

    def is_known(self, operation, point, problem, text):
        size = int(found[1]) if (found := SIZE.search(text)) else 0
        owner = self.owner(operation, point, problem, text, size)
        if owner:
            count, most = self.owners.get((problem, owner), (0, 0))
            self.owners[problem, owner] = count + 1, max(most, size)
        return bool(owner)

    def owner(self, operation, point, problem, text, size):
        if problem == "death" and size > LARGEST:
            return ""
        if problem == "death" and size:
            owner = owner_of_allocation(text)
            # If all later allocations fail too, there is no backtrace.
            if "all that follow" in point:
                owners = {owner for owner, alone in self.fatal[operation] if alone == size}
                return owners.pop() if len(owners) == 1 else ""
            self.fatal[operation].add((owner, size))
            return owner
        if problem == "death":
            return INTERPRETER if is_of_interpreter(text) and "interpreter" in point else ""
        about = f"{point}: {text}"
        found = (meant for meant in MEANT if meant.is_of(problem, operation, about))
        return next((meant.owner for meant in found), "")


def is_of_interpreter(text):
    """Returns whether the frames up to the innermost one of Python code are all of others."""
    for frame in re.findall(r"^(.*?)\((\w*)[+)]", text, re.MULTILINE):
        if "_ironmap" in frame[0]:
            return False
        if frame[1] == "_PyEval_EvalFrameDefault":
            return True
    return False


def owner_of_allocation(text):
    """Returns the owner of the first frame of the backtrace that is of a library or ours."""
    frames = FRAME.findall(text)
    start = next((at for at, frame in enumerate(frames) if "handle_alloc_error" in frame), 0)
    for frame in frames[start:]:
        for library, owner in LIBRARIES.items():
            if library in frame:
                return owner
        if re.search(r"\b_?ironmap::", frame):
            return ""
    return ""


def in_short(text):
    """Describes a death on one line: how, and for an allocation where."""
    how, *said = text.splitlines()
    frames = FRAME.findall(text) or re.findall(r"\((\w+)\+0x", text)
    start = next((at for at, frame in enumerate(frames) if "handle_alloc_error" in frame), -1)
    where = frames[start + 1 : start + 7] or said[-3:]
    return f"{how}, {said[0] if said else ''}: {' < '.join(where)}"[:600]
