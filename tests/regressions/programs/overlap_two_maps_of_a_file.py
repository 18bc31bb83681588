"""Two maps of one file: the source overlaps the target at another address."""

from prelude import GRANULARITY, PAGE, mmap, new_file, notes, survived, wrong

PART = GRANULARITY
content = bytes(i * 7 % 251 for i in range(8 * PART))
file = new_file(8 * PART // PAGE)
first, second = mmap.mmap(file.fileno(), 0), mmap.mmap(file.fileno(), 4 * PART, offset=2 * PART)
first[:] = content
# The overlap cannot be seen from the addresses: any mixture of old and new bytes of the
# source is right, other bytes are wrong.
first[2 * PART + 1 : 6 * PART] = memoryview(second)[:-1]
if first[: 2 * PART + 1] != content[: 2 * PART + 1] or first[6 * PART :] != content[6 * PART :]:
    wrong("bytes outside the target changed")
if second[:] != first[2 * PART : 6 * PART]:
    wrong("two maps of one file differ")
second.move(1, 0, 4 * PART - 1)
second.resize(6 * PART)
first.flush()
second.close()
if len(first) != 8 * PART or first.find(b"nowhere", 0) != -1:
    wrong("the other map suffered")
notes.append("both maps are whole")
survived()
