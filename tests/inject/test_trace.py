"""The preloaded library sees each system call of an operation that strace sees."""

import pathlib
import re
import shutil
import subprocess
import sys

import pytest

HERE = pathlib.Path(__file__).parent

# The names of strace, and those of the functions of libc.
NAMES = {
    "openat": "open",
    "fadvise64": "fadvise",
    "rt_sigaction": "sigaction",
    "rt_sigprocmask": "sigmask",
    "rt_sigpending": "sigpending",
    "rt_sigtimedwait": "sigtimedwait",
    "prlimit64": "getrlimit",
    "clone3": "pthread_create",
    "pwrite64": "pwrite",
}
# Calls that cannot fail, or whose errors cannot be handled.
PASSED_OVER = {"geteuid", "getpid", "gettid", "futex", "sched_yield", "brk", "rt_sigreturn"}
# The function `fstatvfs` of libc makes the call `fstatfs`.
ALIKE = {"fstatvfs": "fstatfs"}


def name_of(line):
    call, arguments = re.match(r"(\w+)\((.*)", line).groups()
    if call == "newfstatat":
        if "AT_EMPTY_PATH" in arguments:
            return "fstat"
        return "lstat" if "AT_SYMLINK_NOFOLLOW" in arguments else "stat"
    if call == "fcntl":
        return f"fcntl {arguments.split(', ')[1].rstrip(')').split(')')[0]}"
    return NAMES.get(call, call)


def is_of_malloc(line):
    """Returns whether malloc made this call itself: allocations fail by the name malloc."""
    return re.match(r"mmap\(NULL, \d+, PROT_\S+, MAP_PRIVATE\|MAP_ANONYMOUS, -1", line)


@pytest.mark.skipif(not shutil.which("strace"), reason="needs strace")
@pytest.mark.skipif(not shutil.which("cc"), reason="needs a C compiler")
@pytest.mark.parametrize(
    "operation",
    [
        "mmap of a file",
        "resize of damage",
        pytest.param("open", marks=pytest.mark.weekly),
        pytest.param("open with pages", marks=pytest.mark.weekly),
        pytest.param("open anew, reserved", marks=pytest.mark.weekly),
        pytest.param("open over a file, reserved", marks=pytest.mark.weekly),
        pytest.param("resize to more", marks=pytest.mark.weekly),
        pytest.param("resize to less of what was lent", marks=pytest.mark.weekly),
        pytest.param("close of what was lent", marks=pytest.mark.weekly),
        pytest.param("read of a fault", marks=pytest.mark.weekly),
        pytest.param("fileno, once more", marks=pytest.mark.weekly),
        pytest.param("lock", marks=pytest.mark.weekly),
        pytest.param("drop", marks=pytest.mark.weekly),
        pytest.param("flush", marks=pytest.mark.weekly),
    ],
)
def test_library_matches_strace(operation, tmp_path):
    traced = tmp_path / "traced"
    program = [sys.executable, str(HERE), "--trace", operation]
    ended = subprocess.run(["strace", "-o", traced, *program], capture_output=True, text=True)
    if "Operation not permitted" in ended.stderr:
        pytest.skip("strace may not trace here")
    assert ended.returncode == 0, ended.stderr
    _, between, _ = re.split(r"^close\(-31415\).*\n", traced.read_text(), flags=re.MULTILINE)
    lines = [line for line in between.splitlines() if not line.startswith(("---", "+++"))]
    seen = [name_of(line) for line in lines if not is_of_malloc(line)]
    known = [ALIKE.get(name, name) for name in ended.stdout.splitlines()]
    assert known == [name for name in seen if name not in PASSED_OVER]
    assert seen
