"""install(trackfd=False) and install(children=True)."""

import os
import subprocess
import sys
import textwrap

import pytest

import interpreters
import ironmap
from hang import HANG

PACKAGE = os.path.dirname(ironmap.__file__)
HOOK = os.path.join(PACKAGE, "in-children")


def runs(program, cwd, *options, env=None):
    """Runs a program from a file, as spawned workers need it, and returns its output."""
    (cwd / "program.py").write_text(textwrap.dedent(program))
    done = subprocess.run(
        [sys.executable, *options, "program.py"],
        cwd=cwd,
        env=os.environ | {"PYTHONPATH": os.path.dirname(PACKAGE)} | (env or {}),
        capture_output=True,
        text=True,
        timeout=HANG,
    )
    assert (done.returncode, done.stderr) == (0, ""), done.stderr
    return done.stdout.split("\n")[:-1]


@pytest.mark.skipif(sys.platform == "win32", reason="Windows does not list descriptors")
def test_install_trackfd_false_keeps_no_descriptor(tmp_path):
    program = """
        import os, ironmap
        ironmap.install(trackfd=False)
        import mmap
        def descriptors():
            return len(os.listdir("/dev/fd"))
        with open("data", "w+b") as file:
            file.write(b"data"), file.flush()
            before = descriptors()
            maps = [mmap.mmap(file.fileno(), 0) for _ in range(3000)]
            print(descriptors() - before, type(maps[0]) is mmap.mmap is ironmap.mmap)
            own = mmap.mmap(file.fileno(), 0, trackfd=True)
            print(descriptors() - before, own.size())
            for refused in (maps[0].size, lambda: maps[0].resize(2)):
                try:
                    refused()
                except (OSError, ValueError) as error:
                    print(error)
            print(mmap.mmap(-1, 5).size(), os.path.getsize("data"))
            ironmap.uninstall()
            again = ironmap.mmap(file.fileno(), 0)
            print(again.size())
    """
    first, second, size, resize, *rest = runs(program, tmp_path)
    assert (first, second) == ("0 True", "1 4")
    bad_descriptor = (3, 13) <= sys.version_info < (3, 15)
    assert size == (
        "[Errno 9] Bad file descriptor" if bad_descriptor else "can't get size with trackfd=False"
    )
    assert resize == "mmap can't resize with trackfd=False."
    assert rest == ["5 4", "4"]


def test_install_again_sets_options(tmp_path):
    program = f"""
        import os, ironmap
        os.environ["PYTHONPATH"] = "before"
        ironmap.install(children=True)
        ironmap.install(children=True)
        assert os.environ["PYTHONPATH"] == os.pathsep.join([{HOOK!r}, "before"])
        ironmap.install()
        assert os.environ["PYTHONPATH"] == "before" and "IRONMAP_INSTALL" not in os.environ
        del os.environ["PYTHONPATH"]
        ironmap.install(children=True)
        ironmap.uninstall()
        assert "PYTHONPATH" not in os.environ and "IRONMAP_INSTALL" not in os.environ
    """
    assert runs(program, tmp_path) == []


def test_uninstall_resets_options_under_another_module(tmp_path):
    program = """
        import os, sys, tempfile, ironmap
        def tracks():
            with tempfile.TemporaryFile() as file:
                file.write(b"data"), file.flush()
                try:
                    return ironmap.mmap(file.fileno(), 0).size() == 4
                except (OSError, ValueError):
                    return False
        given = os.environ["PYTHONPATH"]
        ironmap.install(trackfd=False, children=True)
        sys.modules["mmap"] = other = object()
        print(tracks(), os.environ["PYTHONPATH"] == given, "IRONMAP_INSTALL" in os.environ)
        ironmap.uninstall()
        print(tracks(), os.environ["PYTHONPATH"] == given, "IRONMAP_INSTALL" in os.environ)
        print(sys.modules["mmap"] is other)
        sys.modules["mmap"] = ironmap
        ironmap.uninstall()
        print("mmap" in sys.modules)
    """
    expected = ["False False True", "True True False", "True", "False"]
    assert runs(program, tmp_path) == expected


@pytest.mark.parametrize("given", [None, "/x", "/a::/x", "/a:", ":/a", ":"])
def test_install_children_puts_pythonpath_back(tmp_path, given):
    given = given and given.replace(":", os.pathsep)
    environment = {} if given is None else {"PYTHONPATH": given}
    expected = [HOOK] if given is None else [HOOK, *given.split(os.pathsep)]
    program = f"""
        import os, subprocess, sys
        sys.path.insert(0, {os.path.dirname(PACKAGE)!r})
        import ironmap
        os.environ.pop("PYTHONPATH")
        os.environ.update({environment})
        ironmap.install(children=True)
        same = os.environ["PYTHONPATH"].split(os.pathsep) == {expected}
        print(same, flush=True)
        child = "import os, mmap; mmap.uninstall(); print(os.environ.get('PYTHONPATH'))"
        subprocess.run([sys.executable, "-c", child], check=True)
        ironmap.uninstall()
        print(os.environ.get("PYTHONPATH"))
    """
    assert runs(program, tmp_path) == ["True", str(given), str(given)]


SEEN = """
import mmap, os, tempfile
with tempfile.TemporaryFile() as file:
    file.write(b"data"), file.flush()
    try:
        tracks = mmap.mmap(file.fileno(), 0).size() == 4
    except (OSError, ValueError):
        tracks = False
print(mmap.__name__, tracks, "IRONMAP_INSTALL" in os.environ)
"""


@pytest.mark.parametrize(
    ("first", "expected"),
    [
        ("", "ironmap False True"),
        ("import ironmap; ironmap.install()", "ironmap False True"),
        ("import ironmap; ironmap.install(trackfd=True)", "ironmap True True"),
        ("import ironmap; ironmap.install(children=False)", "ironmap False False"),
        ("import ironmap; ironmap.uninstall()", "mmap True False"),
        ("import ironmap; ironmap.uninstall(); ironmap.install()", "ironmap True False"),
    ],
)
@pytest.mark.parametrize("run", [[], ["-m", "ironmap", "run"]], ids=["python", "run"])
def test_install_in_child_keeps_options_of_parent(tmp_path, run, first, expected):
    (tmp_path / "child.py").write_text(f"{first}\n{SEEN}")
    program = f"""
        import subprocess, sys, ironmap
        ironmap.install(trackfd=False, children=True)
        subprocess.run([sys.executable, *{run}, "child.py"], check=True)
    """
    assert runs(program, tmp_path) == [expected]


@pytest.mark.parametrize(
    ("arguments", "says"),
    [
        ({"trackfd": 1}, "trackfd must be a bool, not int"),
        ({"trackfd": "no"}, "trackfd must be a bool, not str"),
        ({"trackfd": "", "children": True}, "trackfd must be a bool, not str"),
        ({"children": 1}, "children must be a bool, not int"),
        ({"children": "spawn"}, "children must be a bool, not str"),
    ],
)
def test_install_wrong_option_changes_nothing(arguments, says):
    before = dict(os.environ), sys.modules.get("mmap")
    with pytest.raises(TypeError, match=says):
        ironmap.install(**arguments)
    assert (dict(os.environ), sys.modules.get("mmap")) == before
    assert sys.modules.get("mmap") is not ironmap


def test_install_positional_refused():
    with pytest.raises(TypeError):
        ironmap.install(False)


def test_install_children_folder_with_separator(monkeypatch):
    monkeypatch.setattr(sys, "base_prefix", f"/a{os.pathsep}b")
    with pytest.raises(ValueError, match="children=True needs folders without .*/a.b'"):
        ironmap.install(children=True)
    assert "IRONMAP_INSTALL" not in os.environ and sys.modules.get("mmap") is not ironmap


METHODS = ["spawn"] if sys.platform == "win32" else ["spawn", "forkserver"]


@pytest.mark.parametrize("method", METHODS)
@pytest.mark.parametrize("trackfd", [True, False])
def test_install_children_multiprocessing(tmp_path, method, trackfd):
    program = f"""
        import multiprocessing
        def seen(_):
            import mmap, tempfile
            with tempfile.TemporaryFile() as file:
                file.write(b"data"), file.flush()
                m = mmap.mmap(file.fileno(), 0)
                try:
                    m.resize(2)
                except ValueError:
                    pass
                return mmap.__name__, len(m)
        if __name__ == "__main__":
            import ironmap
            ironmap.install(trackfd={trackfd}, children=True)
            with multiprocessing.get_context({method!r}).Pool(1) as pool:
                print(pool.map(seen, [0])[0])
    """
    assert runs(program, tmp_path) == [str(("ironmap", 2 if trackfd else 4))]


CHILD = "import sys, mmap; print(mmap.__name__, [p for p in sys.path if 'in-children' in p])"


@pytest.mark.parametrize(
    ("options", "expected"),
    [
        ([], "ironmap []"),
        (["-P"], "ironmap []"),
        # These ignore the environment, or the hook.
        (["-I"], "mmap []"),
        (["-E"], "mmap []"),
        (["-S"], f"mmap [{HOOK!r}]"),
    ],
    ids=str,
)
def test_install_children_subprocess(tmp_path, options, expected):
    program = f"""
        import subprocess, sys, ironmap
        ironmap.install(children=True)
        command = [sys.executable, *{options}, "-c", {CHILD!r}]
        subprocess.run(command, check=True)
        # And their children.
        again = "import subprocess, sys; subprocess.run(sys.argv[1:], check=True)"
        subprocess.run([sys.executable, "-c", again, *command], check=True)
        ironmap.uninstall()
        subprocess.run([sys.executable, "-c", {CHILD!r}], check=True)
    """
    assert runs(program, tmp_path) == [expected, expected, "mmap []"]


def test_install_children_told_of_another_python(tmp_path):
    program = f"""
        import os, subprocess, sys, ironmap
        ironmap.install(children=True)
        told = os.environ["IRONMAP_INSTALL"].split(os.pathsep)
        for wrong in (["cpython-27", *told[1:]], [told[0], "/elsewhere", *told[2:]], told[:3], []):
            os.environ["IRONMAP_INSTALL"] = os.pathsep.join(wrong)
            subprocess.run([sys.executable, "-c", {CHILD!r}], check=True)
    """
    assert runs(program, tmp_path) == ["mmap []"] * 4


OTHERS = [one for one in interpreters.found() if one.version[:2] != sys.version_info[:2]]


@pytest.mark.skipif(not OTHERS, reason="no other version of Python is here")
def test_install_children_of_another_python(tmp_path):
    program = f"""
        import subprocess, ironmap
        ironmap.install(children=True)
        for other in {[other.path for other in OTHERS]}:
            subprocess.run([other, "-c", {CHILD!r}], check=True)
    """
    assert runs(program, tmp_path) == ["mmap []"] * len(OTHERS)


def test_install_children_in_another_environment(tmp_path):
    """It has the same Python, and needs no ironmap of its own."""
    venv = pytest.importorskip("venv", reason="this Python has no venv")
    venv.create(tmp_path / "other")
    folder = "Scripts" if sys.platform == "win32" else "bin"
    program = f"""
        import os, subprocess, ironmap
        del os.environ["PYTHONPATH"]
        python = os.path.join("other", {folder!r}, "python")
        alone = "import importlib.util; print(importlib.util.find_spec('ironmap'))"
        subprocess.run([python, "-c", alone], check=True)
        ironmap.install(children=True)
        subprocess.run([python, "-c", {CHILD!r}], check=True)
    """
    assert runs(program, tmp_path) == ["None", "ironmap []"]


def test_install_children_own_sitecustomize_runs(tmp_path):
    (tmp_path / "site").mkdir()
    (tmp_path / "site" / "sitecustomize.py").write_text("import mmap\nNAME = mmap.__name__\n")
    program = """
        import os, subprocess, sys, ironmap
        os.environ["PYTHONPATH"] = os.pathsep.join(["site", os.environ["PYTHONPATH"]])
        ironmap.install(children=True)
        child = "import sitecustomize; print(sitecustomize.NAME, sitecustomize.__file__)"
        subprocess.run([sys.executable, "-c", child], check=True)
    """
    (line,) = runs(program, tmp_path)
    assert line.startswith("ironmap ") and os.path.join("site", "sitecustomize.py") in line


def test_install_children_failure_is_shown(tmp_path):
    program = """
        import os, subprocess, sys, ironmap
        ironmap.install(children=True)
        told = os.environ["IRONMAP_INSTALL"].split(os.pathsep)
        os.environ["IRONMAP_INSTALL"] = os.pathsep.join([*told[:2], os.getcwd(), ""])
        os.makedirs("ironmap")
        with open("ironmap/__init__.py", "w") as broken:
            broken.write("raise ImportError('a broken package')")
        done = subprocess.run([sys.executable, "-c", ""], capture_output=True, text=True)
        print("a broken package" in done.stderr, done.returncode)
    """
    assert runs(program, tmp_path) == ["True 0"]
