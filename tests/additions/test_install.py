"""ironmap in the place of the stdlib module, and programs run so."""

import os
import subprocess
import sys
import textwrap
import zipfile

import pytest


def python(*arguments, cwd, env=None, stdin="") -> subprocess.CompletedProcess:
    return subprocess.run(
        [sys.executable, *map(str, arguments)],
        cwd=cwd,
        env=os.environ | (env or {}),
        input=stdin,
        capture_output=True,
        text=True,
        timeout=60,
    )


def runs(program, cwd):
    done = python("-c", textwrap.dedent(program), cwd=cwd)
    assert done.returncode == 0, done.stderr
    return done.stdout.split()


def test_install_and_uninstall(tmp_path):
    program = """
        import mmap as stdlib, ironmap, sys
        ironmap.install()
        import mmap
        assert mmap is ironmap
        ironmap.install()
        ironmap.uninstall()
        import mmap
        assert mmap is stdlib
        ironmap.uninstall()
        assert sys.modules["mmap"] is stdlib
        ironmap.install()
        assert sys.modules["mmap"] is ironmap
    """
    runs(program, tmp_path)


def test_before_the_stdlib_module_was_imported(tmp_path):
    program = """
        import ironmap, sys
        assert "mmap" not in sys.modules
        ironmap.install()
        import mmap
        assert mmap is ironmap
        ironmap.uninstall()
        assert "mmap" not in sys.modules
        import mmap
        assert mmap is not ironmap and mmap.mmap(-1, 5)[:] == bytes(5)
    """
    runs(program, tmp_path)


def test_another_module_put_in_its_place_is_left_alone(tmp_path):
    program = """
        import ironmap, sys
        ironmap.install()
        sys.modules["mmap"] = other = object()
        ironmap.uninstall()
        assert sys.modules["mmap"] is other
        ironmap.install()
        ironmap.uninstall()
        assert sys.modules["mmap"] is other
    """
    runs(program, tmp_path)


def test_star_import_by_that_name(tmp_path):
    program = """
        import ironmap
        ironmap.install()
        from mmap import *
        import builtins
        assert open is builtins.open and mmap is ironmap.mmap
    """
    runs(program, tmp_path)


SHOW = """\
import sys, mmap, ironmap
from os import getcwd
print(mmap is ironmap, __name__, sys.argv, sys.path[0] or getcwd(), sep="|")
print(sys.modules["__main__"].__dict__ is globals(), __file__, __spec__ and __spec__.name, sep="|")
"""


unless_of_windows = pytest.mark.skipif(
    sys.platform == "win32", reason="to make a link is a privilege there"
)


@pytest.fixture
def folder(tmp_path):
    inner = tmp_path / "inner"
    inner.mkdir()
    (inner / "show.py").write_text(SHOW)
    (inner / "beside.py").write_text("import show\n")
    (tmp_path / "package").mkdir()
    (tmp_path / "package" / "__main__.py").write_text(SHOW)
    with zipfile.ZipFile(tmp_path / "package.zip", "w") as packed:
        packed.writestr("__main__.py", SHOW)
    if sys.platform != "win32":
        (tmp_path / "link.py").symlink_to(inner / "show.py")
    return tmp_path


@pytest.mark.parametrize(
    "arguments",
    [
        ["inner/show.py"],
        ["inner/show.py", "-m", "--flag", "x y"],
        ["inner/show.py", "--help"],
        ["inner/show.py", "--", "-h", "--", "x"],
        ["inner/beside.py"],
        pytest.param(["link.py"], marks=unless_of_windows),
        ["package", "x"],
        ["package.zip"],
        ["-m", "package", "-h"],
        ["-m", "inner.show", "1", "-m", "--help"],
    ],
    ids=" ".join,
)
def test_a_program_sees_what_python_itself_shows(folder, arguments):
    usual = python(*arguments, cwd=folder)
    ours = python("-m", "ironmap", "run", *arguments, cwd=folder)
    assert (usual.returncode, ours.returncode) == (0, 0), ours.stderr
    assert ours.stdout == usual.stdout.replace("False|", "True|", 1)
    assert ours.stderr == ""


def test_safe_path(folder):
    usual = python("-P", "inner/beside.py", cwd=folder)
    ours = python("-P", "-m", "ironmap", "run", "inner/beside.py", cwd=folder)
    assert usual.returncode == ours.returncode == 1
    assert "No module named 'show'" in ours.stderr


def test_input_and_output_are_the_program_s(folder):
    (folder / "echo.py").write_text("print(input().upper())\n")
    assert python("-m", "ironmap", "run", "echo.py", cwd=folder, stdin="text\n").stdout == "TEXT\n"


@pytest.mark.parametrize(
    ("program", "status", "says"),
    [
        ("import sys; sys.exit(7)", 7, ""),
        ("raise SystemExit('no')", 1, "no\n"),
        ("1 / 0", 1, "ZeroDivisionError: division by zero\n"),
        ("(", 1, "SyntaxError: '(' was never closed\n"),
        ("pass", 0, ""),
    ],
)
def test_exit_status(folder, program, status, says):
    (folder / "program.py").write_text(program)
    done = python("-m", "ironmap", "run", "program.py", cwd=folder)
    assert (done.returncode, done.stderr.endswith(says)) == (status, True)


def test_what_is_not_there(folder):
    done = python("-m", "ironmap", "run", "nowhere.py", cwd=folder)
    assert done.returncode == 2
    path = str(folder / "nowhere.py")
    assert f"can't open file {path!r}: [Errno 2]" in done.stderr
    done = python("-m", "ironmap", "run", "-m", "nowhere", cwd=folder)
    assert done.returncode == 1
    assert "No module named nowhere" in done.stderr


@pytest.mark.parametrize("arguments", [[], ["-m"], ["-c", "pass"], ["--wrong"]], ids=str)
def test_usage(folder, arguments):
    done = python("-m", "ironmap", "run", *arguments, cwd=folder)
    assert done.returncode == 2
    assert "usage: python -m ironmap" in done.stderr


def test_standard_input_is_no_program(folder):
    done = python("-m", "ironmap", "run", "-", cwd=folder, stdin="print(1)")
    assert (done.returncode, done.stdout) == (2, "")
    assert "can't open file" in done.stderr


def test_help_and_unknown_commands(folder):
    assert "usage: python -m ironmap" in python("-m", "ironmap", "--help", cwd=folder).stdout
    assert "usage:" in python("-m", "ironmap", "run", "--help", cwd=folder).stdout
    for arguments in ([], ["walk"]):
        done = python("-m", "ironmap", *arguments, cwd=folder)
        assert done.returncode == 2
        assert "usage: python -m ironmap" in done.stderr


WORKER = """\
import multiprocessing, sys
{install}
def module(_):
    import mmap
    return mmap.__name__
if __name__ == "__main__":
    with multiprocessing.get_context({method!r}).Pool(1) as pool:
        print(pool.map(module, [0])[0])
"""


@pytest.mark.skipif(sys.platform == "win32", reason="Windows has no fork")
@pytest.mark.parametrize(
    ("method", "install", "expected"),
    [
        ("fork", "", "ironmap"),
        # A new interpreter runs the program itself, without us: docs/on-ramps.md.
        ("spawn", "", "mmap"),
        ("spawn", "import ironmap; ironmap.install()", "ironmap"),
    ],
)
def test_processes_that_the_program_starts(folder, method, install, expected):
    (folder / "workers.py").write_text(WORKER.format(method=method, install=install))
    done = python("-m", "ironmap", "run", "workers.py", cwd=folder)
    assert done.stdout == f"{expected}\n", done.stderr
