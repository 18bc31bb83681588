"""Everything fails once: each operation of operations.py with each of its calls refused.

    python tests/inject [--quick] [--kind KIND]... [OPERATION]...

A point is one operation with one system call refused, with a signal at one, or with one
allocation refused. Each is tried in a forked child of its own. The table says of each operation
how many points there were, and how many ended the process (deaths), lost or changed what was
there (losses), left something behind (leaks), or raised another error than the one that was
refused (wrong). Known are those of others, or meant (known.py, meant.py). The exit status is 1 if
something else was found.
"""

import argparse
import importlib.util
import os
import pickle
import sys

# Of this folder nothing is a module by itself.
sys.path[0] = os.path.dirname(os.path.dirname(os.path.abspath(__file__)))

from inject.operations import OPERATIONS  # noqa: E402
from inject.points import KINDS, Rows  # noqa: E402
from inject.report import Report  # noqa: E402
from inject.tracing import trace  # noqa: E402


def main():
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--quick", action="store_true", help="a part of the points, the same each time")
    parser.add_argument("--kind", action="append", choices=KINDS, help="all, if none is given")
    parser.add_argument("operations", nargs="*", help="how their names begin; all, if none is given")
    parser.add_argument("--trace", metavar="OPERATION", help="print its calls, for strace")
    options = parser.parse_args()
    if options.trace:
        trace(options.trace)
        return 0
    for name in options.operations:
        if not any(operation.startswith(name) for operation in OPERATIONS):
            parser.error(f"no operation begins with {name!r}")
    if "interpreter" in (options.kind or KINDS) and not importlib.util.find_spec("_testcapi"):
        print("passed over: the kind interpreter: this Python has no _testcapi")
    report = Report()
    for pipe in [start(options, part, os.cpu_count()) for part in range(os.cpu_count())]:
        with open(pipe, "rb") as results:
            for result in pickle.loads(results.read()):
                report.add(*result)
    report.show()
    return 1 if report.found else 0


def start(options, part, parts):
    """A process that tries a part of the operations; the pipe that its results come from."""
    end, into = os.pipe()
    if os.fork():
        os.close(into)
        return end
    results = [
        (row.name, point)
        for row in Rows(options.quick, options.operations, part, parts)
        for kind in options.kind or KINDS
        for point in row.points(kind)
    ]
    with open(into, "wb") as pipe:
        pickle.dump(results, pipe)
    os._exit(0)


if __name__ == "__main__":
    sys.exit(main())
