"""One map grows the file, the other keeps its length and its bytes."""

from prelude import PAGE, attempt, mmap, new_file, survived, wrong

file = new_file(2)
first, second = mmap.mmap(file.fileno(), 0), mmap.mmap(file.fileno(), 0)
first.resize(100 * PAGE)
first[-1] = 66
if len(second) != 2 * PAGE or second[:] != b"A" * (2 * PAGE):
    wrong("the other map changed")
attempt("size", second.size, lambda size: size == 100 * PAGE)
second.resize(200 * PAGE)
if first[-1] != 66 or first.size() != 200 * PAGE:
    wrong("the first map changed")
first.close()
second.flush()
survived()
