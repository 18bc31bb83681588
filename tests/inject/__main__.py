"""Each system call and each allocation of each operation of operations.py fails once.

    python tests/inject [--quick] [--kind KIND]... [OPERATION]...

A point is one operation in which one system call or one allocation fails, or in which a signal
arrives before a system call. Each point runs in its own forked child. The table has for each
operation the number of points, and how many killed the process (deaths), lost or changed data
(losses), left something behind (leaks), or raised another error (wrong). Known problems are those
of other software, or intended (known.py, meant.py). The exit status is 1 if there are others.
"""

import argparse
import importlib.util
import os
import pickle
import sys

# The folder's modules are parts of the package ``inject``, not modules of their own.
sys.path[0] = os.path.dirname(os.path.dirname(os.path.abspath(__file__)))

from inject.operations import OPERATIONS  # noqa: E402
from inject.points import KINDS, Rows  # noqa: E402
from inject.report import Report  # noqa: E402
from inject.tracing import trace  # noqa: E402


def main():
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--quick", action="store_true", help="some of the points, always the same")
    parser.add_argument("--kind", action="append", choices=KINDS, help="default: all")
    parser.add_argument("operations", nargs="*", help="prefixes of names; default: all")
    parser.add_argument(
        "--trace", metavar="OPERATION", help="print the system calls of one, for strace"
    )
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
    """Starts a process for some of the operations; returns the pipe with its results."""
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
