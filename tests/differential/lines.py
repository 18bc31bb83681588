"""Hypothesis strategies for lines of a script: every method and slot, odd arguments too.

Each strategy makes source text. Plain arguments are the most common. An odd argument
has a wrong type or does not fit a machine word. A hostile argument runs a line while
it is converted; a line has at most one, because the order in which the arguments of
one call are converted is not compared.
"""

import mmap
import sys
from typing import NamedTuple

from hypothesis import strategies as st

PAGE = mmap.PAGESIZE
GRANULARITY = mmap.ALLOCATIONGRANULARITY
LONGEST = 5 * PAGE

WINDOWS = sys.platform == "win32"
# On Windows the tests of 3.13 and 3.14 expect no trackfd.
TRACKFD = not (WINDOWS and (3, 13) <= sys.version_info < (3, 15))

EFFECTS = [
    "m.close()",
    f"m.resize({PAGE})",
    "m.resize(100)",
    f"m.resize({3 * PAGE})",
    "m.resize(0)",
    "m.resize(-1)",
    "m.seek(3)",
    "m.seek(0, 2)",
    "m.write(b'effect')",
    "m.read(10)",
    "m[:5] = b'12345'",
    "views.append(memoryview(m))",
    "1 / 0",
]
ODD_INTEGERS = [
    "None",
    "1.5",
    "-1.0",
    "True",
    "'1'",
    "b'1'",
    "()",
    "2**63 - 1",
    "-2**63",
    "2**63",
    "-2**63 - 1",
    "2**200",
]
ODD_C_INTS = [*ODD_INTEGERS, "2**31", "-2**31 - 1"]
ODD_BUFFERS = [
    "None",
    "5",
    "1.5",
    "'text'",
    "[1, 2]",
    "m",
    "views[-1]",
    "views[-1][1:7]",
    "views[-1][::2]",
    "memoryview(b'abcdef')[::2]",
    "memoryview(b'')",
    "array('i', [1, 2])",
    "array('d', [1.5])",
]
PLAIN_BUFFERS = ["{}", "bytearray({})", "memoryview({})", "array('B', {})"]

small = st.integers(-8, 8)
anywhere = st.integers(-LONGEST - 9, LONGEST + 9)
edges = st.builds(lambda pages, by: pages * PAGE + by, st.integers(-5, 5), st.integers(-2, 2))
own_end = st.builds("{}len(m){:+}".format, st.sampled_from(["", "-"]), st.integers(-1, 1))
number = st.one_of(small, own_end, own_end, edges, anywhere)
effect = st.sampled_from(EFFECTS)


class Parameter(NamedTuple):
    """The arguments for one place of a line."""

    plain: st.SearchStrategy
    odd: st.SearchStrategy
    hostile: st.SearchStrategy


def integer_parameter(plain, odd=ODD_INTEGERS):
    return Parameter(
        plain.map(str),
        st.sampled_from(odd),
        st.builds("Index({}, {!r})".format, plain, effect),
    )


integer = integer_parameter(number)
bound = integer._replace(plain=st.one_of(integer.plain, integer.plain, st.just("None")))
whence = integer_parameter(st.integers(-1, 4), ODD_C_INTS)
page_start = integer_parameter(st.sampled_from([0, PAGE, 2 * PAGE]))
count = integer_parameter(st.integers(0, 40))
size = integer_parameter(
    st.one_of(
        st.integers(0, 40), st.sampled_from(["len(m)-1", "len(m)"]), st.integers(0, LONGEST + 9)
    )
)
byte = integer_parameter(st.one_of(st.integers(0, 255), st.integers(-1, 256)), ODD_C_INTS)
step = bound._replace(
    plain=st.one_of(st.sampled_from(["None", "-1", "2", "-2", "3", "251"]), integer.plain)
)

pattern = st.builds(
    lambda first, count: bytes((first + at) % 251 for at in range(count)),
    st.integers(0, 250),
    st.integers(0, 6),
)
needle = st.one_of(pattern, st.binary(max_size=3), st.just(b"\n"), st.just(b"\0\0\0"))
own_piece = st.sampled_from(
    [
        "m[-1:]",
        "m[-3:]",
        "m[-4:-1]",
        "m[:2]",
        "m[100:103]",
        f"m[{PAGE - 1}:{PAGE + 2}]",
        "pattern(300)",
        "m[1:]",
    ]
)
buffer = Parameter(
    st.one_of(
        st.builds(str.format, st.sampled_from(PLAIN_BUFFERS), needle.map(repr)),
        own_piece,
    ),
    st.sampled_from(ODD_BUFFERS),
    st.builds("Buffer({!r}, {!r})".format, needle, effect),
)

# Advice that loses no data and takes no memory away. The option is never a random
# number: on Linux some numbers take physical memory out of use.
advice = Parameter(
    st.sampled_from(
        [f"mmap.MADV_{name}" for name in ("NORMAL", "RANDOM", "SEQUENTIAL", "WILLNEED")]
    ),
    st.sampled_from(["None", "'x'", "1.5", "-1", "9999", "2**31", "2**63"]),
    st.builds("Index(mmap.MADV_NORMAL, {!r})".format, effect),
)

kinds = st.sampled_from(["plain"] * 6 + ["odd"] + ["hostile"] * 2)


@st.composite
def filled(draw, template, *parameters):
    """``template`` with its arguments: at most one of them odd or hostile."""
    kind = draw(kinds)
    special = draw(st.integers(0, len(parameters) - 1)) if kind != "plain" else None
    arguments = [
        draw(getattr(parameter, kind if at == special else "plain"))
        for at, parameter in enumerate(parameters)
    ]
    return template.format(*arguments)


def one_of_forms(*forms):
    """One of several templates, each with the parameters of its places."""
    return st.one_of(*(filled(*form) if form[1:] else st.just(form[0]) for form in forms))


reading = one_of_forms(
    ("m.read()",),
    ("m.read(None)",),
    ("m.read({})", size),
    ("m.read({})", integer),
    ("m.read_byte()",),
    ("m.readline()",),
)
writing = one_of_forms(
    ("m.write({})", buffer),
    ("m.write(pattern(len(m) - m.tell()))",),
    ("m.write_byte({})", byte),
    ("struct.pack_into('<I', m, {}, 77)", count),
)
moving_about = one_of_forms(
    ("m.seek({})", size),
    ("m.seek({})", integer),
    ("m.seek({}, {})", integer, whence),
    ("m.tell()",),
    ("m.seekable()",),
)
searching = st.builds(
    lambda which, call: f"m.{which}{call}",
    st.sampled_from(["find", "rfind"]),
    one_of_forms(
        ("({})", buffer),
        ("({}, {})", buffer, integer),
        ("({}, {}, {})", buffer, integer, integer),
        ("({}, None, {})", buffer, integer),
        ("({}, {}, None)", buffer, integer),
    ),
)
getting = one_of_forms(
    ("m[{}]", integer),
    ("m[{}]", integer),
    ("m[{}:{}]", bound, bound),
    ("m[{}:{}:{}]", bound, bound, step),
)
setting = one_of_forms(
    ("m[{}] = {}", integer, byte),
    ("m[{}:{}] = {}", bound, bound, buffer),
    ("m[{}:{}:{}] = {}", bound, bound, step, buffer),
    ("del m[{}]", integer),
    ("del m[{}:{}]", bound, bound),
)
looking = one_of_forms(
    ("{} in m", buffer),
    ("{} in m", byte),
    ("list(islice(m, 3))",),
    ("list(islice(reversed(m), 3))",),
    ("it = iter(m)",),
    ("next(it)",),
    ("next(it, 'end')",),
    ("bytes(m)",),
    ("re.search(re.escape({}), m).span()", buffer),
    ("bool(m)",),
    ("m['x']",),
    ("m[1, 2]",),
    ("m['x'] = 1",),
    ("m.size()",),
    ("m == m, m != None, m == b''",),
    ("m < m",),
    ("m + b''",),
    ("m * 2",),
    ("hash(m) == hash(m)",),
)
copying_within = one_of_forms(
    ("m.move({}, {}, {})", count, count, count),
    ("m.move({}, {}, {})", count, count, count),
    ("m.move({}, {}, {})", size, size, count),
    ("m.move({}, {}, {})", integer, integer, integer),
)
flushing = one_of_forms(
    ("m.flush()",),
    ("m.flush({})", integer),
    ("m.flush({}, {})", integer, integer),
    ("m.flush({}, None)", integer),
    ("m.flush({}, -1)", integer),
    ("m.flush({}, {})", page_start, size),
)
resizing = one_of_forms(
    ("m.resize({})", size),
    ("m.resize({})", size),
    ("m.resize({})", integer),
    ("m.resize(0)",),
    ("m.resize(1 << 60)",),
)

advising = one_of_forms(
    ("m.madvise({})", advice),
    ("m.madvise({}, {})", advice, integer),
    ("m.madvise({}, {}, {})", advice, page_start, size),
    ("m.madvise({}, {}, None)", advice, integer),
)

# Slice assignment of exactly the right size, which random lines rarely have.
# "{}" is that size. Some values are overlapping bytes of the map.
FILLS = [
    "pattern({}, 7)",
    "bytearray(pattern({}, 100))",
    "memoryview(pattern({}))",
    "pattern({} + 1)",
    "m[:{}]",
    "memoryview(m)[:{}]",
    "memoryview(m)[-{}:]",
    "views[-1][:{}]",
]
HOSTILE_FILLS = [f"Buffer(pattern({{}}, 7), {effect!r})" for effect in EFFECTS]
setting_exactly = st.builds(
    lambda start, stop, step, fill: (
        f"m[{start}:{stop}:{step}] = {fill.format(f'span({start}, {stop}, {step})')}"
    ),
    bound.plain,
    bound.plain,
    st.sampled_from(["1", "1", "1", "-1", "2", "-3", "251"]),
    st.sampled_from(FILLS + HOSTILE_FILLS),
)
exporting = one_of_forms(
    ("views.append(memoryview(m))",),
    ("views.append(memoryview(m)[{}:{}])", bound, bound),
    ("views.append(memoryview(m)[::-3])",),
    ("views.append(memoryview(m).toreadonly())",),
    ("views.append(views[-1][1:])",),
    ("views.append(views[-1].cast('B'))",),
)
using_views = st.sampled_from(
    [
        "views[-1][2]",
        "views[-1][2] = 99",
        "views[0][1:3] = b'<>'",
        "bytes(views[-1])",
        "views[-1].release()",
        "views.pop().release()",
        "views.pop().release()",
        "views.clear()",
        "views.clear()",
        "m.write(views[-1][:5])",
        "m.find(views[-1][:3])",
        "(views[-1].readonly, views[-1].format, views[-1].shape, views[-1].ndim)",
        "views[-1].obj is m",
    ]
)
closing = st.sampled_from(
    [
        "m.close()",
        "m.__exit__(None, None, None)",
        "m.__enter__() is m",
        "m.closed",
        "repr(m)",
        "len(m)",
    ]
)
wrong_counts = st.sampled_from(
    [
        "m.find()",
        "m.rfind()",
        "m.find(b'', 0, 1, 2)",
        "m.read(1, 2)",
        "m.read_byte(1)",
        "m.readline(1)",
        "m.write()",
        "m.write(b'', b'')",
        "m.write_byte()",
        "m.write_byte(1, 2)",
        "m.seek()",
        "m.seek(1, 0, 0)",
        "m.tell(1)",
        "m.move()",
        "m.move(1, 2)",
        "m.move(1, 2, 3, 4)",
        "m.resize()",
        "m.resize(1, 2)",
        "m.flush(0, 1, 2)",
        "m.madvise()",
        "m.madvise(0, 0, 1, 2)",
        "m.close(1)",
        "m.size(1)",
        "m.find(sub=b'')",
        "m.resize(newsize=5)",
        "m.read(n=5)",
    ]
)
