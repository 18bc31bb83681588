"""Two maps of one file: the source overlaps the target at another address."""

from prelude import PAGE, mmap, new_file, notes, survived, wrong

content = bytes(i * 7 % 251 for i in range(8 * PAGE))
file = new_file(8)
first, second = mmap.mmap(file.fileno(), 0), mmap.mmap(file.fileno(), 4 * PAGE, offset=2 * PAGE)
first[:] = content
# No address tells that these overlap: any mixture of old and new bytes of the
# source is right, bytes of elsewhere are not.
first[2 * PAGE + 1 : 6 * PAGE] = memoryview(second)[:-1]
if first[: 2 * PAGE + 1] != content[: 2 * PAGE + 1] or first[6 * PAGE :] != content[6 * PAGE :]:
    wrong("bytes outside the target changed")
if second[:] != first[2 * PAGE : 6 * PAGE]:
    wrong("two maps of one file differ")
second.move(1, 0, 4 * PAGE - 1)
second.resize(6 * PAGE)
first.flush()
second.close()
if len(first) != 8 * PAGE or first.find(b"nowhere", 0) != -1:
    wrong("the other map suffered")
notes.append("both maps are whole")
survived()
