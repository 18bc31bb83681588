"""``python -m ironmap pages``: shows which parts of files are in the page cache."""

import base64
import io
import itertools
import json
import os
import signal
import subprocess
import sys
import tempfile
from pathlib import Path

import pytest

import ironmap as mmap
from hang import HANG
from ironmap import _cached, _pages, _waiting
from ironmap.__main__ import main

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
    names = ["missing", "data", "empty", "pipe"]
    done = run("pages", *names, cwd=path.parent)
    assert done.returncode == 1
    assert done.stderr.splitlines() == [
        "python -m ironmap pages: missing: No such file or directory",
        "python -m ironmap pages: empty: is empty: it has no pages",
        "python -m ironmap pages: pipe: is not a regular file",
    ]
    [line] = done.stdout.splitlines()
    assert line.endswith(" data")
    done = run("pages", "--json", *names, cwd=path.parent)
    assert (done.returncode, len(done.stderr.splitlines())) == (1, 3)
    assert [told["file"] for told in json.loads(done.stdout)] == ["data"]


AS_NOBODY = f"""
import locale, os, sys  # argparse wants it later, when it cannot be found
sys.path[:0] = {sys.path!r}
from ironmap._pages import main
os.setgroups([])
os.setgid(65534)
os.setuid(65534)
sys.exit(main(sys.argv[1:]))
"""


def run_as_nobody(folder, *names):
    command = [sys.executable, "-c", AS_NOBODY, *names]
    return subprocess.run(command, cwd=folder, capture_output=True, text=True, timeout=HANG)


@pytest.fixture
def open_folder():
    """A folder that other users can reach."""
    if os.geteuid() != 0:
        pytest.skip("only root can become somebody else")
    with tempfile.TemporaryDirectory() as folder:
        os.chmod(folder, 0o755)
        yield Path(folder)


def test_pages_files_of_other_users(open_folder):
    for name, mode, owner in (("own", 0o444, 65534), ("others", 0o644, 0), ("shut", 0o600, 0)):
        path = open_folder / name
        path.write_bytes(bytes(PAGE))
        path.chmod(mode)
        os.chown(path, owner, 0)
    done = run_as_nobody(open_folder, "own", "others", "shut")
    assert done.returncode == 1
    assert done.stdout.endswith(" own\n") and done.stdout.count("\n") == 1
    assert done.stderr.splitlines() == [
        "python -m ironmap pages: others: "
        "only its owner and users with write access can see its pages",
        "python -m ironmap pages: shut: Permission denied",
    ]


def test_pages_folders_without_permission(open_folder):
    for name, mode in (("shut", 0o700), ("unsearchable", 0o744), ("open", 0o755)):
        (open_folder / name).mkdir()
        path = open_folder / name / "data"
        path.write_bytes(bytes(PAGE))
        os.chown(path, 65534, 0)
        path.parent.chmod(mode)
    done = run_as_nobody(open_folder, ".", "shut")
    assert done.returncode == 1
    assert done.stdout.endswith(" ./open/data\n") and done.stdout.count("\n") == 1
    assert done.stderr.splitlines() == [
        "python -m ironmap pages: ./shut: Permission denied",
        "python -m ironmap pages: ./unsearchable/data: Permission denied",
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
_pages.Look.look = lambda *_: (os.kill(os.getpid(), signal.SIGINT), time.sleep(600))
sys.exit(_pages.main([sys.executable]))
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
    told = run("pages", "--help").stdout
    assert "--json" in told and "--sort" in told


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


@pytest.fixture
def folder(tmp_path):
    """A folder of files and of what is no file, with one file by two names."""
    top = tmp_path / "top"
    (top / "b" / "deep").mkdir(parents=True)
    for name, pages in (("b/deep/2", 2), ("a", 1), ("b/9", 9)):
        (top / name).write_bytes(bytes(pages * PAGE))
    (top / "empty").touch()
    os.mkfifo(top / "pipe")
    (top / "again").symlink_to("a")
    (top / "up").symlink_to(tmp_path)
    os.link(top / "a", top / "b" / "a too")
    return top


def test_pages_folder_shows_each_file_once_and_total(folder):
    done = run("pages", "top", "top/a", cwd=folder.parent)
    assert (done.returncode, done.stderr) == (0, "")
    *lines, total = done.stdout.splitlines()
    assert [line.split()[-1] for line in lines] == ["top/a", "top/b/9", "top/b/deep/2"]
    size = _pages.amount(12 * PAGE)
    assert total.split() == ["100%", *size.split(), "of", *size.split(), "3", "files"]
    assert total.index("%") == lines[0].index("%")
    assert run("pages", folder / "b" / "deep").stdout.count("\n") == 1  # No total of one.


def test_pages_empty_folder_shows_nothing(tmp_path):
    done = run("pages", tmp_path)
    assert (done.returncode, done.stdout, done.stderr) == (0, "", "")
    assert run("pages", "--json", tmp_path).stdout == "[]\n"


@pytest.mark.parametrize(
    ("sort", "expected"),
    [("name", "a b/9 b/deep/2"), ("size", "b/9 b/deep/2 a"), ("resident", "b/deep/2 a b/9")],
)
def test_pages_sort_order_of_files(folder, sort, expected):
    if not hasattr(mmap.mmap, "drop"):
        pytest.skip("this system does not drop pages")
    with (folder / "b" / "9").open("r+b") as file, mmap.mmap(file.fileno(), 0) as m:
        m.flush()
        m.drop()
        if m.resident():
            pytest.skip("this file system keeps pages that are dropped")
    done = run("pages", "--json", "--sort", sort, ".", cwd=folder)
    names = [told["file"].removeprefix("./") for told in json.loads(done.stdout)]
    assert names == expected.split()
    assert [
        line.split("./")[1]
        for line in run("pages", "--sort", sort, ".", cwd=folder).stdout.splitlines()[:3]
    ] == names


def test_pages_sort_empty_file(path):
    empty = path.with_name("empty")
    empty.touch()
    done = run("pages", "--sort", "percent", empty, path)
    assert done.stdout.endswith(f"{path}\n") and done.stdout.count("\n") == 1
    assert done.stderr == f"python -m ironmap pages: {empty}: is empty: it has no pages\n"
    assert done.returncode == 1


def test_pages_output_without_encoding(path, monkeypatch):
    monkeypatch.setattr(_pages, "die_of_signals", lambda: None)
    monkeypatch.setattr(sys, "stdout", io.StringIO())
    assert main(["pages", str(path)]) == 0
    told = run("pages", path, environment={"PYTHONIOENCODING": "utf-8"}).stdout
    assert sys.stdout.getvalue() == told


def test_pages_file_gone_meanwhile(folder, capsys):
    look = _pages.Look([str(folder)])
    (folder / "b" / "9").unlink()
    assert _pages.show_exact(look, None) == 1
    told = capsys.readouterr()
    assert told.err == f"python -m ironmap pages: {folder}/b/9: No such file or directory\n"
    assert len(json.loads(told.out)) == 2


def test_pages_long_names_leave_half_of_the_line(monkeypatch):
    monkeypatch.setattr(sys, "stdout", Terminal())
    monkeypatch.setenv("COLUMNS", "100")
    name = "folder/" * 30 + "data.bin"
    lines = _pages.Lines([name, "a"])
    lines.show(_cached.Columns(name, PAGE, lines.width))
    [line] = sys.stdout.getvalue().splitlines()
    assert len(line) == 100 and line.endswith("older/data.bin") and "  …" in line
    assert lines.width == 33


class Terminal(io.StringIO):
    encoding = "utf-8"

    def isatty(self):
        return True


def test_pages_waiting_bar(monkeypatch):
    monkeypatch.setattr(sys, "stderr", Terminal())
    monkeypatch.setattr(_waiting, "PATIENCE", 0)
    monkeypatch.setattr(_waiting, "INTERVAL", 0)
    monkeypatch.setattr(_waiting, "width_of_terminal", lambda: 50)
    waiting = _waiting.Waiting()
    waiting.show(2, 8, "data")
    waiting.show(100, 8, "a long name")
    waiting.clear()
    waiting.clear()
    quarter = f"[{'#' * 7}{' ' * 23}]  25%  data"
    whole = f"[{'#' * 30}] 100%  a long nam"
    assert len(whole) == 49
    assert sys.stderr.getvalue() == f"\r{quarter}\r{whole}\r{' ' * 49}\r"


@pytest.mark.parametrize("stream", [Terminal(), io.StringIO(), None])
def test_pages_no_bar_without_need(monkeypatch, stream):
    """For a second, and without a terminal for ever."""
    monkeypatch.setattr(sys, "stderr", stream)
    monkeypatch.setattr(_waiting, "PATIENCE", HANG if isinstance(stream, Terminal) else 0)
    waiting = _waiting.Waiting()
    waiting.show(2, 8, "data")
    waiting.clear()
    assert stream is None or stream.getvalue() == ""


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
