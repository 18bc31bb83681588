"""The constructor has the same outcome on both modules for plain, odd and hostile arguments.

Arguments that kill the process with the stdlib module are left out: MAP_FIXED (it
replaces the memory from address 0 on) and protections without PROT_READ (reading is a
SIGSEGV). tests/regressions tests them on ironmap.
"""

from hypothesis import HealthCheck, given, seed, settings
from hypothesis import strategies as st

from .lines import GRANULARITY, ODD_INTEGERS, PAGE, TRACKFD, WINDOWS, Parameter, filled
from .machine import Differential
from .pair import difference
from .side import SCRIPT, content_of, ironmap_side, promised_side
from .test_machine import SEED

FILE_SIZE = 3 * GRANULARITY + 100

effect = st.sampled_from(
    [
        "1 / 0",
        "file.truncate(100)",
        f"file.truncate({5 * GRANULARITY})",
        "file.write(b'more'), file.flush()",
    ]
)


def parameter(*plain, odd=ODD_INTEGERS):
    return Parameter(
        st.sampled_from(plain),
        st.sampled_from(odd),
        st.builds("Index({}, {!r})".format, st.sampled_from(plain), effect),
    )


# Never 0 to 2 (True is 1): under pytest they can be files.
fileno = parameter(
    "file.fileno()",
    "file.fileno()",
    "file.fileno()",
    "-1",
    odd=["None", "'x'", "1.5", "-2", "9999", "2**31", "2**63"],
)
length = parameter(
    "0", "1", "100", str(PAGE), str(2 * PAGE), str(FILE_SIZE), str(FILE_SIZE + 1), "-1", "2**62"
)
# Windows makes the file longer for an offset far past its end.
FAR = [] if WINDOWS else [str(1 << 40)]
offset = parameter(
    "0",
    "0",
    *(str(pages * GRANULARITY) for pages in (1, 2, -1, 3, 4)),
    "1",
    "-1",
    *FAR,
    str(FILE_SIZE),
)
access = parameter("0", "1", "2", "3", "4", "-1")
flags = parameter(
    "mmap.MAP_SHARED",
    "mmap.MAP_PRIVATE",
    "mmap.MAP_SHARED | mmap.MAP_POPULATE",
    "mmap.MAP_PRIVATE | mmap.MAP_ANONYMOUS",
    "mmap.MAP_SHARED | mmap.MAP_ANONYMOUS",
    "0",
    "3",
    odd=["None", "'x'", "1.5", "2**31", "2**63"],
)
prot = parameter(
    "mmap.PROT_READ",
    "mmap.PROT_WRITE",
    "mmap.PROT_READ | mmap.PROT_WRITE",
    "mmap.PROT_READ | mmap.PROT_EXEC",
    odd=["None", "'x'", "1.5", "2**31", "2**63"],
)
tag_name = st.sampled_from(["None", "''", "f'ironmap {id(views)}'"])
tag_name = Parameter(tag_name, tag_name, tag_name)
OF_UNIX = [
    filled("mmap.mmap({}, {}, {})", fileno, length, flags),
    filled("mmap.mmap({}, {}, {}, {})", fileno, length, flags, prot),
    filled("mmap.mmap({}, {}, prot={})", fileno, length, prot),
    filled("mmap.mmap({}, {}, prot={}, access={})", fileno, length, prot, access),
]
OF_WINDOWS = [
    filled("mmap.mmap({}, {}, {})", fileno, length, tag_name),
    filled("mmap.mmap({}, {}, {}, {}, {})", fileno, length, tag_name, access, offset),
]
calls = st.one_of(
    filled("mmap.mmap({}, {})", fileno, length),
    filled("mmap.mmap({}, {}, offset={})", fileno, length, offset),
    filled("mmap.mmap({}, {}, access={})", fileno, length, access),
    filled("mmap.mmap({}, {}, access={}, offset={})", fileno, length, access, offset),
    filled("mmap.mmap(fileno={}, length={}, offset={})", fileno, length, offset),
    *(OF_WINDOWS if WINDOWS else OF_UNIX),
    *([filled("mmap.mmap({}, {}, trackfd={})", fileno, length, access)] if TRACKFD else []),
)


def outcome(side, line):
    """Returns the outcome of the call, and the state of map and file afterwards."""
    side.run(f"file = new_file({FILE_SIZE})")
    result = side.run(f"m = {line}")
    if result[0] == "raised":
        # Windows can name either of two errors; tests/compat has each one alone.
        if WINDOWS and result[2].startswith("[WinError "):
            result = "raised", "OSError", "[WinError"
        return {"outcome": result, "file": content_of(side.names["file"])}
    return {"outcome": result} | side.state()


@seed(SEED)
@settings(max_examples=3000, deadline=None, database=None, suppress_health_check=list(HealthCheck))
@given(calls)
def test_new_same_outcome(line):
    Differential.operations["mmap"] += 1
    promised_half, subject_half = promised_side(), ironmap_side()
    promised, subject = outcome(promised_half, line), outcome(subject_half, line)
    for side in (promised_half, subject_half):
        side.finish()
    script = f"import ironmap as mmap\n{SCRIPT}\nfile = new_file({FILE_SIZE})\nm = {line}"
    assert promised == subject, f"{script}\n\n{difference(promised, subject)}"
