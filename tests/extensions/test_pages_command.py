"""``python -m ironmap pages``: shows which parts of files are in the page cache."""

import base64
import itertools
import json
import os
import signal
import subprocess
import sys
import tempfile
import time
import tracemalloc
from pathlib import Path

import pytest

import ironmap as mmap
from hang import HANG
from ironmap import _cached, _pages

pytestmark = pytest.mark.skipif(sys.platform == "win32", reason="Windows has no such command")

PAGE = mmap.PAGESIZE
PAGES = 64
SIZE = PAGES * PAGE - 100


@pytest.fixture
def path(tmp_path):
    path = tmp_path / "data"
    with path.open("wb") as file:
        file.write(bytes(SIZE))
        file.flush()
        os.fsync(file.fileno())
    return path


def run(*arguments, **options):
    command = [sys.executable, "-m", "ironmap", *map(str, arguments)]
    environment = os.environ | {"PYTHONPATH": os.pathsep.join(filter(None, sys.path))}
    environment |= options.pop("environment", {})
    options = {"stdout": subprocess.PIPE, "stderr": subprocess.PIPE} | options
    return subprocess.run(command, env=environment, text=True, timeout=HANG, **options)


def resident(path):
    with path.open("rb") as file, mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_READ) as map:
        return map.resident(pages=True)


def test_pages_resident_file_is_full_bar(path):
    path.read_bytes()
    done = run("pages", path)
    assert (done.returncode, done.stderr) == (0, "")
    bar, tail = done.stdout[1:].split("|")
    assert set(bar) == {"█"} and len(bar) >= _pages.NARROWEST_BAR
    assert tail == f"   100%  255.9 KiB of 255.9 KiB  {path}\n"


def test_pages_default_width(path):
    done = run("pages", "a", cwd=path.rename(path.parent / "a").parent)
    assert len(done.stdout) == 80 + len("\n")


def test_pages_terminal_width(path):
    import pty
    import termios

    try:
        ours, its = pty.openpty()
    except OSError as error:
        pytest.skip(f"no pseudo-terminal can be made here: {error}")
    termios.tcsetwinsize(its, (24, 133))
    done = run("pages", "a", cwd=path.rename(path.parent / "a").parent, stdout=its)
    os.close(its)
    with os.fdopen(ours, "rb") as terminal:
        line = terminal.readline().decode().rstrip()
    assert (done.returncode, done.stderr, len(line)) == (0, "", 133)


def test_pages_json_ranges(path):
    path.read_bytes()
    if hasattr(mmap.mmap, "drop"):
        with path.open("rb") as file, mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_READ) as map:
            map.drop(3 * PAGE, 20 * PAGE)
            map.drop(40 * PAGE, PAGE)
    done = run("pages", "--json", path)
    assert (done.returncode, done.stderr) == (0, "")
    [told] = json.loads(done.stdout)
    pages = resident(path)
    ranges, at = [], 0
    for there, run_of_pages in itertools.groupby(pages):
        end = at + len(list(run_of_pages))
        if there:
            ranges.append([at * PAGE, min(end * PAGE, SIZE)])
        at = end
    assert told == {
        "file": str(path),
        "size": SIZE,
        "page_size": PAGE,
        "pages": PAGES,
        "resident_pages": sum(pages),
        "resident_bytes": sum(end - start for start, end in ranges),
        "ranges": ranges,
    }


def test_pages_unreadable_files(path):
    (path.parent / "empty").touch()
    os.mkfifo(path.parent / "pipe")
    names = ["missing", "data", "empty", "pipe", "."]
    done = run("pages", *names, cwd=path.parent)
    assert done.returncode == 1
    assert done.stderr.splitlines() == [
        "python -m ironmap pages: missing: No such file or directory",
        "python -m ironmap pages: empty: is empty: it has no pages",
        "python -m ironmap pages: pipe: is not a regular file",
        "python -m ironmap pages: .: is a directory",
    ]
    [line] = done.stdout.splitlines()
    assert line.endswith(" data")
    done = run("pages", "--json", *names, cwd=path.parent)
    assert (done.returncode, len(done.stderr.splitlines())) == (1, 4)
    assert [told["file"] for told in json.loads(done.stdout)] == ["data"]


AS_NOBODY = f"""
import locale, os, sys  # argparse wants it later, when it cannot be found
sys.path[:0] = {sys.path!r}
from ironmap._pages import main
os.setgroups([])
os.setgid(65534)
os.setuid(65534)
sys.exit(main(["own", "others", "shut"]))
"""


def test_pages_files_of_other_users():
    if os.geteuid() != 0:
        pytest.skip("only root can become somebody else")
    with tempfile.TemporaryDirectory() as folder:
        os.chmod(folder, 0o755)
        for name, mode, owner in (("own", 0o444, 65534), ("others", 0o644, 0), ("shut", 0o600, 0)):
            path = Path(folder, name)
            path.write_bytes(bytes(PAGE))
            path.chmod(mode)
            os.chown(path, owner, 0)
        done = subprocess.run(
            [sys.executable, "-c", AS_NOBODY], cwd=folder, capture_output=True, text=True
        )
    assert done.returncode == 1
    assert done.stdout.endswith(" own\n") and done.stdout.count("\n") == 1
    assert done.stderr.splitlines() == [
        "python -m ironmap pages: others: "
        "only its owner and users with write access can see its pages",
        "python -m ironmap pages: shut: Permission denied",
    ]


def test_pages_ascii_output(path):
    name = path.parent / "zwölf\n\udcff"
    path.rename(name).read_bytes()
    done = run("pages", name, environment={"PYTHONIOENCODING": "ascii"})
    assert done.returncode == 0, done.stderr
    [line] = done.stdout.splitlines()
    assert line.isascii()
    assert "##" in line and line.endswith("zw\\xf6lf\\n\\udcff")


@pytest.mark.parametrize("format", [[], ["--json"]], ids=str)
def test_pages_broken_pipe(path, format):
    ours, its = os.pipe()
    os.close(ours)
    done = run("pages", *format, path, stdout=its)
    os.close(its)
    assert (done.returncode, done.stderr) == (-signal.SIGPIPE, "")


@pytest.mark.skipif(not os.path.exists("/dev/full"), reason="there is no /dev/full")
@pytest.mark.parametrize("format", [[], ["--json"]], ids=str)
def test_pages_output_full(path, format):
    with open("/dev/full", "w") as full:
        done = run("pages", *format, path, stdout=full)
    assert done.returncode == 1
    assert done.stderr == "python -m ironmap pages: cannot write: No space left on device\n"


@pytest.mark.parametrize(
    ("closed", "says"),
    [
        (">&-", "python -m ironmap pages: cannot write: Bad file descriptor\n"),
        ("missing 2>&-", ""),
        ("missing 2>/dev/full", ""),
    ],
)
def test_pages_output_closed(path, closed, says):
    command = ["sh", "-c", f'"$0" -m ironmap pages data {closed}', sys.executable]
    environment = os.environ | {"PYTHONPATH": os.pathsep.join(filter(None, sys.path))}
    done = subprocess.run(
        command, cwd=path.parent, env=environment, capture_output=True, text=True, timeout=HANG
    )
    assert (done.returncode, done.stderr) == (1, says)
    assert done.stdout.count("\n") == (closed != ">&-")


INTERRUPTED = f"""
import os, signal, sys, time
sys.path[:0] = {sys.path!r}
from ironmap import _cached, _pages
_pages.look = lambda *_: (os.kill(os.getpid(), signal.SIGINT), time.sleep(600))
sys.exit(_pages.main(["data"]))
"""


def test_pages_interrupted_dies_of_signal(path):
    done = subprocess.run([sys.executable, "-c", INTERRUPTED], capture_output=True, text=True)
    assert (done.returncode, done.stderr) == (-signal.SIGINT, "")


@pytest.mark.parametrize("arguments", [[], ["pages"], ["pages", "--jason", "x"], ["paegs", "x"]])
def test_pages_wrong_arguments_print_usage(arguments):
    done = run(*arguments)
    assert (done.returncode, done.stdout) == (2, "")
    assert "usage: python -m ironmap" in done.stderr


def test_pages_help_lists_commands_and_options():
    done = run("--help")
    assert done.returncode == 0
    assert " pages     show which parts of files are in memory\n" in done.stdout
    assert "--json" in run("pages", "--help").stdout


def test_pages_scale_ends(monkeypatch):
    lines = _pages.Lines(["x"])
    lines.blocks = "012345678"
    parts = [0, 1e-9, 0.5, 1 - 1e-9, 1]
    assert "".join(map(lines.block, parts)) == "01478"
    whole = 10_000_000
    shares = [_pages.percent(part, whole) for part in (0, 1, 10_000, 4_567_890, whole - 1, whole)]
    assert shares == ["0.0%", "<0.1%", "0.1%", "45.6%", "99.9%", "100%"]


def test_pages_amount_has_binary_unit():
    sizes = [0, 999, 1000, 1024, 1 << 20, 3 << 39, 5 << 50]
    amounts = ["0 B", "999 B", "1.0 KiB", "1.0 KiB", "1.0 MiB", "1.5 TiB", "5.0 PiB"]
    assert [_pages.amount(size) for size in sizes] == amounts


def in_chunks(cached, pages, chunk):
    for start in range(0, len(pages), chunk):
        cached.add(start, pages[start : start + chunk])
    return cached


@pytest.mark.parametrize("chunk", [1, 3, 1000])
@pytest.mark.parametrize("pages", [b"\1", b"\1\0", b"\0\1\1\0\1", bytes([1, 0] * 30), b"\0\1" * 9])
def test_pages_columns_are_means_of_pages(pages, chunk):
    size = len(pages) * PAGE
    for width in (1, 2, 7, 20, 1000):
        cached = in_chunks(_cached.Columns("x", size, width), pages, chunk)
        columns = list(cached.parts())
        assert len(columns) == width
        assert any(columns) == any(pages)
        assert all(column == 1 for column in columns) == all(pages)
        bounds = [cached.pages_of(column) for column in range(width)]
        assert columns == [sum(pages[a:b]) / (b - a) for a, b in bounds]
        assert {page for a, b in bounds for page in range(a, b)} == set(range(len(pages)))


@pytest.mark.parametrize("chunk", [1, 2, 3, 1000])
def test_pages_ranges_over_chunks(chunk):
    pages = b"\1\1\1\0\0\1\0\1\1\1\1"
    cached = in_chunks(_cached.Ranges("x", len(pages) * PAGE - 7), pages, chunk)
    ends = [(0, 3), (5, 6), (7, 11)]
    expected = [(a * PAGE, min(b * PAGE, cached.size)) for a, b in ends]
    assert list(cached.ranges()) == expected
    assert cached.resident == sum(b - a for a, b in expected)
    assert (cached.pages, cached.resident_pages) == (11, 8)


@pytest.mark.parametrize("show", [_pages.show, _pages.show_exact])
def test_pages_huge_file_memory_use(tmp_path, show, capsys):
    with open(tmp_path / "huge", "wb") as file:
        file.truncate(1 << 37)
        file.seek(1 << 36)
        file.write(b"x")
    tracemalloc.start()
    try:
        status = show([str(tmp_path / "huge")])
        _, peak = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()
    assert status == 0
    # A chunk of 1 GiB, and the text printed for it.
    assert peak < 4 * (_pages.CHUNK // PAGE)
    told = capsys.readouterr().out
    if show is _pages.show_exact:
        assert json.loads(told)[0]["ranges"] == [[1 << 36, (1 << 36) + PAGE]]


def test_pages_progress_shown(capsys):
    progress = _pages.Progress("data", 8)
    progress.watched, progress.begun = True, progress.begun - _pages.PATIENCE
    for done in (2, 100):
        progress.show(done)
    progress.end()
    told = "data: 100%"
    assert capsys.readouterr().err == f"\rdata: 25%\r{told}\r{' ' * len(told)}\r"


def test_pages_progress_hidden(capsys):
    progress = _pages.Progress("data", 8)
    progress.watched, progress.begun = True, time.monotonic() + HANG
    progress.show(8)
    progress.end()
    assert capsys.readouterr().err == ""


@pytest.mark.skipif(sys.platform != "linux", reason="capabilities are Linux's")
@pytest.mark.parametrize("may", [True, False])
def test_pages_cap_fowner(path, may, monkeypatch):
    monkeypatch.setattr(os, "geteuid", lambda: path.stat().st_uid + 1)
    monkeypatch.setattr(os, "access", lambda *_, **_options: False)
    monkeypatch.setattr(_pages, "has_capability", {_pages.CAP_FOWNER: may}.__getitem__)
    assert _pages.is_reported(str(path), path.stat()) == may


@pytest.mark.skipif(sys.platform != "linux", reason="elsewhere names are text")
def test_pages_json_undecodable_name(path):
    name = os.fsencode(path.parent) + b"/z\xff\xc3\xa4"
    os.rename(path, name)
    command = [sys.executable, "-m", "ironmap", "pages", "--json", name]
    environment = os.environ | {"PYTHONPATH": os.pathsep.join(filter(None, sys.path))}
    done = subprocess.run(command, env=environment, capture_output=True, timeout=HANG)
    assert done.returncode == 0, done.stderr
    [told] = json.loads(done.stdout)
    assert told["file"] == f"{path.parent}/z\N{REPLACEMENT CHARACTER}ä"
    assert base64.b64decode(told["file_base64"]) == name


def test_pages_json_no_file(path):
    done = run("pages", "--json", path.parent / "missing")
    assert (done.returncode, json.loads(done.stdout)) == (1, [])
