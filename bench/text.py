"""Writes the file that is measured on: lines of words, 36 bytes on average.

It is the same in every run. `EARLY` and `LATE` are in it once, at the start and
at the end; the rows' other needles are not in it, but for `LITERALS`.
"""

import random

MIB = 1 << 20
# The file repeats after so many bytes, more than a branch predictor learns.
PERIOD = 4 * MIB
LINE = 36
EARLY, LATE = b"EARLY!", b"LATE!!"
COMMON = b"the quick brown fox jumps over lazy dog of and to in is that for it as was".split()
# How many words of a thousand are one of the literals that are counted.
LITERALS = {b"self": 40, b"return": 6, b"lambda": 0.4}


def block() -> bytes:
    chosen = random.Random(1)
    weights = [(1000 - sum(LITERALS.values())) / len(COMMON)] * len(COMMON)
    words = chosen.choices(
        COMMON + list(LITERALS), weights + list(LITERALS.values()), k=PERIOD // 4
    )
    text, length, limit = bytearray(), 0, LINE
    for word in words:
        text += word
        length += len(word) + 1
        if length < limit:
            text += b" "
        else:
            text += b"\n"
            length, limit = 0, chosen.randrange(LINE - 19, LINE + 18)
    return bytes(text[: text.rindex(b"\n", 0, PERIOD) + 1])


def write(path: str, size: int) -> None:
    """Writes ``size`` bytes, in large writes: they decide the size of the pages in memory, and
    with it the cost of a fault."""
    part = block()
    with open(path, "wb", buffering=0) as file:
        file.write(b"-" * 100 + EARLY + b"\n")
        while file.tell() < size:
            file.write(part)
        file.truncate(size)
        file.seek(-len(LATE) - 1, 2)
        file.write(LATE + b"\n")
