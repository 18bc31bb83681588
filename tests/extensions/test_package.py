"""The package: its version, its help, and what using it imports."""

import inspect
import os
import pickle
import re
import subprocess
import sys
import tomllib
from pathlib import Path

import pytest

import ironmap

ROOT = Path(__file__).parents[2]

ADDED = ["open", "split", "shared", "install", "uninstall", "fault_guard", "ensure_fault_guard"]
CLASSES = ["FileMap", "SharedMap", "Part", "FaultReport"]


def run(program, *options):
    command = [sys.executable, "-X", "utf8", *options, "-c", program]
    environment = os.environ | {"PYTHONPATH": str(Path(ironmap.__file__).parents[1])}
    done = subprocess.run(command, capture_output=True, encoding="utf-8", env=environment)
    assert done.returncode == 0, done.stderr
    return done


def test_version_is_cargos():
    cargo = tomllib.loads((ROOT / "Cargo.toml").read_text())
    assert ironmap.__version__ == cargo["workspace"]["package"]["version"]


def test_version_not_in_star_import():
    names: dict[str, object] = {}
    exec("from ironmap import *", names)
    assert "__version__" not in names


@pytest.mark.parametrize("name", ADDED)
def test_help_shows_functions(name):
    text = run("import ironmap; help(ironmap)").stdout
    assert re.search(rf"^    {name}\(", text, re.MULTILINE)


@pytest.mark.parametrize("name", ["mmap", *CLASSES])
def test_help_shows_classes(name):
    text = run("import ironmap; help(ironmap)").stdout
    assert re.search(rf"^    class {name}\(", text, re.MULTILINE)


@pytest.mark.parametrize(("name", "maker"), [("FileMap", "open"), ("SharedMap", "shared")])
def test_help_classes_of_maps_show_no_arguments(name, maker):
    text = run(f"import ironmap; help(ironmap.{name})").stdout
    assert "kwargs" not in text.splitlines()[2]
    assert f"ironmap.{maker}" in text


@pytest.mark.parametrize("name", [*ADDED, *CLASSES])
def test_public_names_belong_to_package(name):
    thing = getattr(ironmap, name)
    assert thing.__module__ == "ironmap"
    assert pickle.loads(pickle.dumps(thing)) is thing
    assert inspect.getdoc(thing)


def test_open_imports_nothing_heavy(tmp_path):
    path = tmp_path / "data"
    path.write_bytes(b"abc")
    program = f"""
import contextlib, io, sys
from typing import NamedTuple

class Any(NamedTuple):  # From 3.14 on this imports more.
    field: int

before = set(sys.modules)
import ironmap
ironmap.open({str(path)!r}).close()
print(*sorted(set(sys.modules) - before))
"""
    # Without `site`, which can import anything.
    new = run(program, "-S").stdout.split()
    # msvcrt: on Windows.
    light = {"ironmap", "errno", "fcntl", "importlib", "msvcrt"}
    assert {name.partition(".")[0] for name in new} <= light
