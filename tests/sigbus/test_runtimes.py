"""Runtimes of other languages in the process, with their own handlers for SIGBUS."""

import os
import pathlib
import shutil
import subprocess

import pytest

from .running import HERE, fate, last_line, run

ORDERS = ("before", "after")


def program(name):
    """Returns the path of a program, or skips the test."""
    found = shutil.which(name)
    if found is None:
        pytest.skip(f"{name} is not installed")
    return found


def build(*command):
    done = subprocess.run(command, capture_output=True, text=True)
    assert done.returncode == 0, done.stderr


@pytest.fixture(scope="module")
def go_library(tmp_path_factory):
    path = tmp_path_factory.mktemp("go") / "library.so"
    source = HERE / "native" / "library.go"
    build(program("go"), "build", "-buildmode=c-shared", "-o", path, source)
    return path


@pytest.fixture(scope="module")
def java_classes(tmp_path_factory):
    path = tmp_path_factory.mktemp("java")
    build(program("javac"), "-d", path, HERE / "native" / "Mapped.java")
    return path


@pytest.fixture(scope="module")
def libjvm():
    home = os.environ.get("JAVA_HOME") or pathlib.Path(program("javac")).resolve().parents[1]
    found = sorted(pathlib.Path(home).glob("**/server/libjvm.so"))
    if not found:
        pytest.skip(f"there is no libjvm.so in {home}")
    return found[0]


def survives(*command):
    ended = run(*command)
    assert ended.returncode == 0, fate(ended)
    assert last_line(ended).startswith("SURVIVED: "), fate(ended)


@pytest.mark.parametrize("order", ORDERS)
def test_fault_beside_go(go_library, order):
    survives(HERE / "runtimes" / "go_library.py", go_library, order)


@pytest.mark.parametrize("order", ORDERS)
def test_fault_beside_java(libjvm, java_classes, order):
    survives(HERE / "runtimes" / "java.py", libjvm, java_classes, order)
