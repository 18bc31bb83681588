"""The audit event of the constructor."""

from .support import run_python, unix_only

LISTEN = """
import sys
PAGE = mmap.PAGESIZE
events = []
sys.addaudithook(lambda event, args: events.append(args) if event == "mmap.__new__" else None)

def heard(*args, **kwargs):
    events.clear()
    try:
        mmap.mmap(*args, **kwargs)
    except (ValueError, OverflowError, OSError):
        print("failed", end=" ")
    print(events)
"""


def listen(mod, code: str) -> list[str]:
    result = run_python(mod, LISTEN + code)
    assert result.stderr == ""
    return result.stdout.splitlines()


@unix_only("Windows has no flags and no prot")
def test_audit_event_arguments(mod, page):
    assert listen(
        mod,
        """
heard(-1, 5)
heard(-1, 5, mmap.MAP_PRIVATE, mmap.PROT_READ, mmap.ACCESS_DEFAULT, 0)
heard(-1, 5, prot=mmap.PROT_WRITE)
heard(-1, 5, access=mmap.ACCESS_COPY)
heard(length=5, fileno=-1, offset=PAGE)
""",
    ) == [
        "[(-1, 5, 0, 0)]",
        "[(-1, 5, 1, 0)]",
        "[(-1, 5, 2, 0)]",
        "[(-1, 5, 3, 0)]",
        f"[(-1, 5, 0, {page})]",
    ]


def test_audit_event_length_is_as_given(mod, make_file):
    name = make_file(b"abcdef").name
    code = f"file = open({name!r}, 'r+b')\nheard(file.fileno(), 0)\nprint(file.fileno())"
    event, descriptor = listen(mod, code)
    assert event == f"[({descriptor}, 0, 0, 0)]"


@unix_only("on Windows the event comes before the arguments are judged")
def test_audit_event_after_argument_checks(mod):
    assert listen(
        mod,
        """
heard(-1, -1)
heard(-1, 5, offset=-1)
heard(-1, 5, access=9)
heard(-1, 5, access=1, prot=1)
heard(-2, 5)
heard(-1, 0)
""",
    ) == [
        "failed []",
        "failed []",
        "failed []",
        "failed []",
        "failed [(-2, 5, 0, 0)]",
        "failed [(-1, 0, 0, 0)]",
    ]


def test_audit_hook_can_refuse_map(mod):
    code = """
import sys

def forbid(event, args):
    if event == "mmap.__new__":
        raise PermissionError("no maps here")

sys.addaudithook(forbid)
try:
    mmap.mmap(-1, 5)
except PermissionError as error:
    print(error)
"""
    assert run_python(mod, code).stdout == "no maps here\n"


def test_audit_event_with_sys_audit_replaced(mod):
    assert listen(
        mod,
        """
sys.audit = lambda *event: None
heard(-1, 5)
""",
    ) == ["[(-1, 5, 0, 0)]"]


def test_audit_no_event_from_methods(mod):
    assert listen(
        mod,
        """
m = mmap.mmap(-1, 2 * PAGE)
events.clear()
m.read(1), m.find(b"x"), m.flush(), m.resize(PAGE), m.close()
print(events)
""",
    ) == ["[]"]
