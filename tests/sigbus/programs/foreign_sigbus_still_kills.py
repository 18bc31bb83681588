"""Control: a SIGBUS that is not about a map kills the process, after a fault too."""

from prelude import PAGE, cut_map, expect, in_child, ironmap, must_fault, os, signal, survived

anonymous = ironmap.mmap(-1, PAGE)
anonymous[0] = 1


def kill():
    os.kill(os.getpid(), signal.SIGBUS)


def check():
    status = in_child(kill)
    expect(
        os.WIFSIGNALED(status) and os.WTERMSIG(status) == signal.SIGBUS,
        "a foreign SIGBUS was swallowed",
    )


check()
file, m = cut_map()
check()
must_fault("item", m, lambda: m[0], 0, 0)
check()
survived()
