"""Program: cases with several interpreters in one process.

`program.py list` prints their names; `program.py NAME` runs one and prints "passed".
"""

import sys

import low_level


def import_refused(kind):
    refusing = """
try:
    import ironmap
except ImportError as refused:
    assert "interpreter" in str(refused), refused
else:
    raise AssertionError("imported")
"""
    low_level.once(kind, refusing)


CASES = {
    f"{case.__name__}_{kind}": (case, kind) for case in [import_refused] for kind in low_level.KINDS
}

if sys.argv[1] == "list":
    print(*CASES, sep="\n")
else:
    case, kind = CASES[sys.argv[1]]
    case(kind)
    print("passed")
