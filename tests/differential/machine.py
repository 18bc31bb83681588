"""The state machine runs the same lines on two modules and compares them."""

import collections
import itertools

from hypothesis import HealthCheck, Phase, Verbosity, seed, settings
from hypothesis import strategies as st
from hypothesis.stateful import (
    RuleBasedStateMachine,
    initialize,
    precondition,
    rule,
    run_state_machine_as_test,
)

from . import lines
from .expected import agree, agree_on_counts
from .pair import Pair, report
from .side import ironmap_side

MOST_VIEWS = 3
LONGEST_CLOSED = 3
LONGEST_EXPORTED = 5

ROUND = settings(
    max_examples=100,
    stateful_step_count=50,
    deadline=None,
    database=None,
    # Hypothesis neither shrinks nor prints a failure: report() finds the shortest script,
    # because it knows what a line is.
    phases=[Phase.generate],
    verbosity=Verbosity.quiet,
    report_multiple_bugs=False,
    suppress_health_check=list(HealthCheck),
)

OF_UNIX = [
    "flags=mmap.MAP_PRIVATE",
    "flags=mmap.MAP_PRIVATE, prot=mmap.PROT_READ",
    "prot=mmap.PROT_READ",
]
WITHOUT_FILE_OF_UNIX = ["flags=mmap.MAP_PRIVATE | mmap.MAP_ANONYMOUS"]
WITHOUT_FILE_OF_WINDOWS = ["tagname=''", "tagname=f'ironmap {id(views)}'"]
UNTRACKED = ["trackfd=False", "access=mmap.ACCESS_COPY, trackfd=False"]

ways = st.sampled_from(
    [
        *[""] * 6,
        *["access=mmap.ACCESS_WRITE"] * 3,
        "access=mmap.ACCESS_READ",
        "access=mmap.ACCESS_COPY",
        "access=mmap.ACCESS_COPY",
        *([] if lines.WINDOWS else OF_UNIX),
        *(UNTRACKED if lines.TRACKFD else []),
    ]
)
anonymous_ways = st.sampled_from(
    [
        "",
        "",
        *(WITHOUT_FILE_OF_WINDOWS if lines.WINDOWS else WITHOUT_FILE_OF_UNIX),
        "access=mmap.ACCESS_READ",
        "access=mmap.ACCESS_COPY",
    ]
)
sizes = st.one_of(st.integers(1, 60), st.integers(1, lines.LONGEST))


@st.composite
def openings(draw):
    """Draws two lines: a file or none, and a map of it that succeeds."""
    if draw(st.integers(0, 4)) == 0:
        way = draw(anonymous_ways)
        return "file = None", opening("-1", draw(sizes), way)
    size, way = draw(sizes), draw(ways)
    before = draw(st.sampled_from([0, 0, 1, 2])) * lines.GRANULARITY
    length = draw(st.one_of(st.just(0), st.integers(1, size)))
    offset = f"offset={before}" if before else ""
    return f"file = new_file({before + size})", opening("file.fileno()", length, way, offset)


def opening(*arguments):
    return f"m = mmap.mmap({', '.join(str(argument) for argument in arguments if argument != '')})"


class Differential(RuleBasedStateMachine):
    """Draws the lines of a script for a pair of maps and compares them after each line."""

    make_subject = staticmethod(ironmap_side)
    operations = collections.Counter()

    def __init__(self):
        super().__init__()
        self.pair = Pair(self.make_subject)
        self.steps = []

    @initialize(plans=st.lists(openings(), min_size=1, max_size=6))
    def open_first(self, plans):
        self.plans = itertools.cycle(plans)
        self.open()

    def open(self):
        for line in ("views.clear()", *next(self.plans), "it = iter(m)"):
            self.run_both(line)
        self.lines_closed = self.lines_exported = 0

    def keep_useful(self):
        """Replaces a map that is closed and releases old views, which block most operations."""
        if self.lines_closed > LONGEST_CLOSED:
            self.open()
        if self.lines_exported > LONGEST_EXPORTED:
            self.run_both("views.clear()")
        self.lines_closed += self.pair.promised.closed
        self.lines_exported = self.lines_exported + 1 if self.pair.promised.names["views"] else 0

    def run_both(self, line, alike=agree):
        self.steps.append((line, alike))
        if self.pair.difference_after(line, alike):
            raise AssertionError(report(self.steps, self.make_subject))

    def compare(self, line, alike=agree):
        self.keep_useful()
        self.operations[line.partition("(")[0] if line.startswith("m.") else "slots and views"] += 1
        self.run_both(line, alike)

    def teardown(self):
        self.pair.finish()

    @rule(line=lines.reading)
    def read(self, line):
        self.compare(line)

    @rule(line=lines.writing)
    def write(self, line):
        self.compare(line)

    @rule(line=lines.moving_about)
    def move_position(self, line):
        self.compare(line)

    @rule(line=lines.searching)
    def search(self, line):
        self.compare(line)

    @rule(line=lines.getting)
    def get(self, line):
        self.compare(line)

    @rule(line=lines.setting)
    def set(self, line):
        self.compare(line)

    @rule(line=lines.setting_exactly)
    def set_exactly(self, line):
        self.compare(line)

    @rule(line=lines.looking)
    def look(self, line):
        self.compare(line)

    @rule(line=lines.copying_within)
    def copy_within(self, line):
        self.compare(line)

    @rule(line=lines.flushing)
    def flush(self, line):
        self.compare(line)

    @rule(line=lines.resizing)
    def resize(self, line):
        self.compare(line)

    @precondition(lambda self: not lines.WINDOWS)
    @rule(line=lines.advising)
    def advise(self, line):
        self.compare(line)

    @precondition(lambda self: len(self.pair.promised.names["views"]) < MOST_VIEWS)
    @rule(line=lines.exporting)
    def export(self, line):
        self.compare(line)

    @rule(line=lines.using_views)
    def use_view(self, line):
        self.compare(line)

    @rule(line=lines.closing)
    def close(self, line):
        self.compare(line)

    @rule(line=lines.wrong_counts)
    def count_wrongly(self, line):
        self.compare(line, alike=agree_on_counts)


def run_round(machine, number):
    """Runs 100 scripts, the same ones for the same number."""
    run_state_machine_as_test(seed(number)(machine), settings=ROUND)
