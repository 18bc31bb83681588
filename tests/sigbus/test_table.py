"""Every operation × every kind of map × every truncation, by this process and by another.

The operations are in table/operations.py, the rest in table/cases.py.
"""

from mmap import PAGESIZE

import pytest

from .running import HERE, fate, last_line, run
from .table import operations

SHORT = [
    name
    for kind in (
        operations.reading,
        operations.reading_little,
        operations.added,
        operations.writing,
        operations.writing_little,
        operations.foreign,
        operations.foreign_stores,
    )
    for name in kind(PAGESIZE)
]
LONG = [
    name
    for kind in (operations.reading, operations.added, operations.writing)
    for name in kind(PAGESIZE)
]
# One of each kind of loop; the other long operations run weekly.
REPRESENTATIVE = {
    "slice",
    "slice backwards",
    "readinto",
    "find many",
    "find_any",
    "lines",
    "set slice",
}
ROWS = [("page", name) for name in SHORT] + [
    pytest.param("long", name, marks=[] if name in REPRESENTATIVE else pytest.mark.weekly)
    for name in LONG
]


@pytest.mark.parametrize("size, operation", ROWS)
def test_operation_survives_every_cut(size, operation):
    ended = run(HERE / "table" / "cases.py", size, operation)
    assert ended.returncode == 0, fate(ended)
    assert last_line(ended).startswith("SURVIVED: ")
