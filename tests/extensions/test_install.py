"""install() replaces the stdlib module; `python -m ironmap run` runs programs so."""

import os
import py_compile
import subprocess
import sys
import textwrap
import zipfile
from pathlib import Path

import pytest

import ironmap
from hang import HANG

PACKAGE = Path(ironmap.__file__).parents[1]


def python(*arguments, cwd, env=None, stdin="") -> subprocess.CompletedProcess:
    return subprocess.run(
        [sys.executable, *map(str, arguments)],
        cwd=cwd,
        env=os.environ | (env or {}),
        input=stdin,
        capture_output=True,
        text=True,
        timeout=HANG,
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


def test_install_before_stdlib_import(tmp_path):
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


def test_uninstall_leaves_another_module(tmp_path):
    program = """
        import ironmap, sys
        ironmap.install()
        sys.modules["mmap"] = other = object()
        ironmap.uninstall()
        assert sys.modules["mmap"] is other
        ironmap.install()
        ironmap.uninstall()
        assert sys.modules["mmap"] is other
        del sys.modules["mmap"]
        ironmap.install()
        del sys.modules["mmap"]
        ironmap.uninstall()
        assert "mmap" not in sys.modules
    """
    runs(program, tmp_path)


def test_install_star_import(tmp_path):
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
print(type(__loader__), __package__, globals().get("__cached__", "unset"), sep="|")
"""


unless_of_windows = pytest.mark.skipif(
    sys.platform == "win32", reason="links need a privilege on Windows"
)


@pytest.fixture
def folder(tmp_path):
    inner = tmp_path / "inner"
    inner.mkdir()
    (inner / "show.py").write_text(SHOW)
    py_compile.compile(inner / "show.py", inner / "show.pyc")
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
        ["-mpackage", "-h"],
        ["--", "inner/show.py", "--"],
        ["inner/show.pyc"],
    ],
    ids=" ".join,
)
def test_run_matches_python(folder, arguments):
    usual = python(*arguments, cwd=folder)
    ours = python("-m", "ironmap", "run", *arguments, cwd=folder)
    assert (usual.returncode, ours.returncode) == (0, 0), ours.stderr
    assert ours.stdout == usual.stdout.replace("False|", "True|", 1)
    assert ours.stderr == ""


def test_run_safe_path(folder):
    usual = python("-P", "inner/beside.py", cwd=folder)
    ours = python("-P", "-m", "ironmap", "run", "inner/beside.py", cwd=folder)
    assert usual.returncode == ours.returncode == 1
    assert "No module named 'show'" in ours.stderr


@pytest.mark.parametrize("program", ["package", "package.zip"])
def test_run_package_safe_path(folder, program):
    usual = python("-P", program, cwd=folder)
    ours = python("-P", "-m", "ironmap", "run", program, cwd=folder)
    assert (usual.returncode, ours.returncode) == (0, 0), ours.stderr
    assert ours.stdout == usual.stdout.replace("False|", "True|", 1)


# Modules that our commands need, and names that a program can use for its own modules.
NAMES = ["json", "dataclasses", "shutil", "argparse", "time", "pkgutil", "signal", "array"]


@pytest.mark.parametrize("program", ["app/main.py", "main.py", "-mmain"])
def test_run_program_modules_first(folder, program):
    place = Path(program).parent
    (folder / "app").mkdir()
    # This Python can import other modules at its start.
    seen = python("-S", "-c", "import runpy, sys; print(*sys.modules)", cwd=folder).stdout.split()
    names = [name for name in NAMES if name not in {*seen, *sys.builtin_module_names}]
    assert "argparse" in names
    for name in names:
        (folder / place / f"{name}.py").write_text("OWN = True\n")
    text = "".join(f"import {name}\nassert {name}.OWN\n" for name in names)
    (folder / place / "main.py").write_text(text)
    path = {"PYTHONPATH": str(PACKAGE)}
    done = python("-S", "-m", "ironmap", "run", program, cwd=folder, env=path)
    assert done.returncode == 0, done.stderr


def test_run_ignores_modules_of_cwd(folder):
    for name in NAMES:
        (folder / f"{name}.py").write_text("raise Exception('imported')\n")
    done = python("-m", "ironmap", "run", "inner/show.py", cwd=folder)
    assert done.returncode == 0, done.stderr
    done = python("-m", "ironmap", "pages", "--help", cwd=folder)
    assert done.returncode == 0, done.stderr


def test_run_stdin_and_stdout(folder):
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
def test_run_exit_status(folder, program, status, says):
    (folder / "program.py").write_text(program)
    done = python("-m", "ironmap", "run", "program.py", cwd=folder)
    assert (done.returncode, done.stderr.endswith(says)) == (status, True)


def test_run_missing_program(folder):
    done = python("-m", "ironmap", "run", "nowhere.py", cwd=folder)
    assert done.returncode == 2
    path = str(folder / "nowhere.py")
    assert f"can't open file {path!r}: [Errno 2]" in done.stderr
    done = python("-m", "ironmap", "run", "-m", "nowhere", cwd=folder)
    assert done.returncode == 1
    assert "No module named nowhere" in done.stderr


@pytest.mark.parametrize(
    "program",
    ["def f():\n    1 / 0\nf()\n", "(", "import broken", "raise KeyboardInterrupt"],
)
@pytest.mark.parametrize("arguments", [["program.py"], ["-m", "program"]], ids=" ".join)
def test_run_traceback_matches_python(folder, arguments, program):
    (folder / "program.py").write_text(program)
    (folder / "broken.py").write_text("import nowhere\n")
    usual = python(*arguments, cwd=folder)
    ours = python("-m", "ironmap", "run", *arguments, cwd=folder)
    assert (ours.returncode, ours.stderr) == (usual.returncode, usual.stderr)


def test_run_excepthook_of_program_called(folder):
    hook = "def hook(kind, error, traceback):\n    print(kind.__name__, traceback.tb_lineno)\n"
    (folder / "program.py").write_text(f"import sys\n{hook}sys.excepthook = hook\n1 / 0\n")
    done = python("-m", "ironmap", "run", "program.py", cwd=folder)
    assert (done.returncode, done.stdout, done.stderr) == (1, "ZeroDivisionError 5\n", "")


def test_run_wrong_magic_number(folder):
    (folder / "program.pyc").write_bytes(bytes(100))
    done = python("-m", "ironmap", "run", "program.pyc", cwd=folder)
    assert done.returncode == 1
    assert "bad magic number" in done.stderr


@pytest.mark.parametrize(
    ("arguments", "why"),
    [
        ([], "a program is missing"),
        (["-m"], "a program is missing"),
        (["--"], "a program is missing"),
        (["-c", "pass"], "-c is not a program: options of python go before `-m ironmap`"),
        (["-u", "show.py"], "-u is not a program: options of python go before `-m ironmap`"),
        (["-W", "error", "s.py"], "-W is not a program: options of python go before `-m ironmap`"),
        (["-"], "- is not a program: options of python go before `-m ironmap`"),
    ],
    ids=str,
)
def test_run_wrong_arguments_print_usage(folder, arguments, why):
    done = python("-m", "ironmap", "run", *arguments, cwd=folder, stdin="print(1)")
    assert (done.returncode, done.stdout) == (2, "")
    assert done.stderr.splitlines() == [
        "usage: python -m ironmap run program [arguments ...]",
        "       python -m ironmap run -m module [arguments ...]",
        f"python -m ironmap run: {why}",
    ]


def test_command_help_and_unknown(folder):
    done = python("-m", "ironmap", "--help", cwd=folder)
    assert done.stdout.startswith("usage: python -m ironmap COMMAND")
    done = python("-m", "ironmap", "run", "--help", cwd=folder)
    assert (done.returncode, done.stderr) == (0, "")
    assert done.stdout.startswith("usage: python -m ironmap run program [arguments ...]\n")
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
        # A new interpreter runs the program without ironmap: docs/on-ramps.md.
        ("spawn", "", "mmap"),
        ("spawn", "import ironmap; ironmap.install()", "ironmap"),
    ],
)
def test_run_multiprocessing_only_forks_inherit(folder, method, install, expected):
    (folder / "workers.py").write_text(WORKER.format(method=method, install=install))
    done = python("-m", "ironmap", "run", "workers.py", cwd=folder)
    assert done.stdout == f"{expected}\n", done.stderr
