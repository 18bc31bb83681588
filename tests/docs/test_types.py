"""Type checkers accept what the guide shows, and refuse what is wrong."""

import importlib.util
import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

from docs.test_examples import NUMPY, PAGES, ROOT, blocks, program

WITH_NUMPY = importlib.util.find_spec("numpy") is not None


def programs() -> dict[str, str]:
    """Returns the programs of the pages; without numpy only the blocks that do without it."""
    found = {}
    for page in PAGES:
        text = "\n".join(blocks(page, "python")) if WITH_NUMPY else program(page)
        if text and (WITH_NUMPY or NUMPY not in text):
            found[page.relative_to(ROOT).as_posix()] = text
    return found


# Besides the guide: what takes a file.
CONSUMERS = """
import bz2, csv, gzip, hashlib, io, json, lzma, pickle, shutil, subprocess, tarfile, tomllib
import wave, zipfile
from typing import IO, Any, BinaryIO

import ironmap

m = ironmap.open("data")
zipfile.ZipFile(m)
io.TextIOWrapper(m)
io.BufferedReader(m)
gzip.open(m)
gzip.GzipFile(fileobj=m)
bz2.open(m)
lzma.open(m)
tarfile.open(fileobj=m)
pickle.load(m)
json.load(m)
tomllib.load(m)
wave.open(m)
hashlib.file_digest(m, "sha256")
shutil.copyfileobj(m, io.BytesIO())
subprocess.run(["sort"], stdin=m)


def read(file: IO[bytes]) -> bytes:
    return file.read()


def read_binary(file: BinaryIO) -> bytes:
    return file.read()


read(m)
read_binary(m)
ironmap.open("data", "r+", reserve=True)
ironmap.open("data", mode="w+", length=10)
"""

WRONG = """
import ironmap

m = ironmap.open("data")
ironmap.open("data", "rb")
ironmap.open("data", "w+")
ironmap.open("data", reserve=True)
ironmap.split("data")
ironmap.split("data", 3, size=4)
m.find_all("text")
m.count("text")
m.find_all(b"x", sub=b"y")
m.find_all(ironmap.Needles([b"x"]), overlapping=True)
m.line_offsets(out=[1])
m.load_u32("8")
m.store_u32(8)
m.fetch_add_u64(8, 1.0)
ironmap.shared("64")
ironmap.Needles("text")
ironmap.Needles(["text"])
"""
FIRST_WRONG = WRONG.splitlines().index('ironmap.open("data", "rb")') + 1

# The guide's functions have no annotations, and its programs use a name for one thing after
# another.
MYPY = [
    "--strict",
    "--allow-untyped-defs",
    "--allow-incomplete-defs",
    "--allow-untyped-calls",
    "--allow-redefinition-new",
    "--local-partial-types",
]


def complaints_of_mypy(folder: Path) -> set[tuple[str, int]]:
    command = [sys.executable, "-m", "mypy", *MYPY, "--output", "json", "."]
    environment = os.environ | {"MYPYPATH": str(ROOT / "python")}
    done = subprocess.run(command, cwd=folder, capture_output=True, text=True, env=environment)
    assert done.returncode in (0, 1), done.stdout + done.stderr
    found = [json.loads(line) for line in done.stdout.splitlines()]
    print(done.stdout)
    return {(each["file"], each["line"]) for each in found if each["severity"] == "error"}


def complaints_of_pyright(folder: Path) -> set[tuple[str, int]]:
    settings = {"typeCheckingMode": "standard", "extraPaths": [str(ROOT / "python")]}
    (folder / "pyrightconfig.json").write_text(json.dumps(settings))
    command = [sys.executable, "-m", "basedpyright", "--outputjson", "--pythonpath", sys.executable]
    done = subprocess.run(command, cwd=folder, capture_output=True, text=True)
    assert done.returncode in (0, 1), done.stdout + done.stderr
    found = json.loads(done.stdout)["generalDiagnostics"]
    print(done.stdout)
    return {
        (Path(each["file"]).name, each["range"]["start"]["line"] + 1)
        for each in found
        if each["severity"] == "error"
    }


@pytest.fixture
def guide(tmp_path):
    """The programs of the guide, each in a file named after its page."""
    for page, text in programs().items():
        name = page.removesuffix(".md").replace("/", "_").replace("-", "_")
        (tmp_path / f"{name}.py").write_text(text, encoding="utf-8")
    (tmp_path / "consumers.py").write_text(CONSUMERS)
    (tmp_path / "wrong.py").write_text(WRONG)
    return tmp_path


@pytest.mark.parametrize(
    ("checker", "complaints"),
    [("mypy", complaints_of_mypy), ("basedpyright", complaints_of_pyright)],
)
def test_types_accept_guide_and_refuse_wrong(guide, checker, complaints):
    if importlib.util.find_spec(checker) is None:
        pytest.skip(f"{checker} is not installed: make interop")
    if not WITH_NUMPY:
        print("without the pages that need numpy: make interop")
    lines = len(WRONG.splitlines())
    assert complaints(guide) == {("wrong.py", line) for line in range(FIRST_WRONG, lines + 1)}
