"""Two namespaces that run the same lines, and the shortest script for which they differ."""

import os

from .expected import agree
from .side import SCRIPT, promised_side


class Pair:
    """The expected module and the tested one."""

    def __init__(self, make_subject):
        self.promised = promised_side()
        self.subject = make_subject()
        self.script = []

    def difference_after(self, line, alike=agree):
        """Runs the line on both; returns the difference, or an empty text."""
        was_closed = self.promised.closed
        promised, subject = self.promised.run(line), self.subject.run(line)
        self.script.append(f"with suppress(Exception): {line}" if promised[0] == "raised" else line)
        if not alike(promised, subject, was_closed):
            return f"promised: {promised}\ngot:      {subject}"
        return difference(self.promised.state(), self.subject.state())

    def finish(self):
        self.promised.finish()
        self.subject.finish()


def difference(promised, subject):
    """Describes the differing parts of two states; long bytes from the difference on."""
    if promised == subject:
        return ""
    texts = []
    for name in promised.keys() | subject.keys():
        left, right = promised.get(name), subject.get(name)
        if left == right:
            continue
        if isinstance(left, bytes) and isinstance(right, bytes):
            at = len(os.path.commonprefix([left, right]))
            left, right = (
                f"{len(side)} bytes, from {at} on {side[at : at + 20]}" for side in (left, right)
            )
        texts.append(f"{name}\n  promised: {left}\n  got:      {right}")
    return "\n".join(texts)


def replayed(steps, make_subject):
    """Returns the script of ``steps`` up to the first difference, and that difference."""
    pair = Pair(make_subject)
    try:
        for step in steps:
            if text := pair.difference_after(*step):
                return pair.script, text
        return pair.script, ""
    finally:
        pair.finish()


def shortest(steps, make_subject):
    """Removes the ``steps`` that the difference at the end does not need."""
    at = len(steps) - 1
    while at > 0:
        at -= 1
        fewer = steps[:at] + steps[at + 1 :]
        if replayed(fewer, make_subject)[1]:
            steps = fewer
    return steps


def report(steps, make_subject):
    """Returns a script that can be run, and the difference after its last line."""
    script, text = replayed(shortest(steps, make_subject), make_subject)
    lines = [
        "after the last line of this script",
        "",
        "import ironmap as mmap",
        SCRIPT,
        *script,
        "",
        text,
    ]
    return "\n".join(lines)
