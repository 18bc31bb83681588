"""tests/README.md names the tests of each method and of each name of the module. Tests are
called as it says."""

import ast
import re
from fnmatch import fnmatch
from pathlib import Path

import ironmap

TESTS = Path(__file__).parents[1]
README = (TESTS / "README.md").read_text()

# Attributes that Python gives each class.
OF_PYTHON = {"__doc__", "__module__", "__new__"}


def rows(heading: str) -> dict[str, list[str]]:
    """The names of a table's first column, each with the files of the second."""
    section = README.partition(f"\n## {heading}\n")[2].partition("\n## ")[0]
    table = re.findall(r"^\| (`.*) \| (`.*) \|$", section, re.MULTILINE)
    return {
        name: re.findall(r"`([^`]+)`", files)
        for names, files in table
        for name in re.findall(r"`([^`]+)`", names)
    }


METHODS = rows("Methods and attributes of a map")
NAMES = rows("Names of the module")


def test_readme_has_every_method():
    assert METHODS.keys() == vars(ironmap.mmap).keys() - OF_PYTHON | {"mmap"}


def test_readme_has_every_name():
    public = {name for name in dir(ironmap) if not name.startswith("_")} - {"mmap"}
    unnamed = {name for name in public if not any(fnmatch(name, row) for row in NAMES)}
    assert unnamed == set()
    unknown = {row for row in NAMES if not any(fnmatch(name, row) for name in public)}
    assert unknown == set()


def text_of(file: str) -> str:
    """A file of tests; the programs in the folders below it belong to it."""
    path = TESTS / file
    programs = path.parent.glob("*/*.py") if path.parent.name == "sigbus" else []
    return "\n".join(each.read_text() for each in (path, *programs))


def test_readme_files_use_the_name():
    unused = [
        (name, file)
        for name, files in {**METHODS, **NAMES}.items()
        if name.isidentifier() and not name.startswith("__") and not name.isupper()
        for file in files
        if not re.search(rf"\b{name}\b", text_of(file))
    ]
    assert unused == []


def test_readme_has_every_file():
    named = set(re.findall(r"`([\w/]+\.py)`", README))
    folders = ("compat", "extensions", "threads", "sigbus")
    files = {
        path.relative_to(TESTS).as_posix()
        for folder in folders
        for path in (TESTS / folder).glob("test_*.py")
    }
    assert files - named == set()


def test_readme_has_every_folder():
    folders = {f"{path.name}/" for path in TESTS.iterdir() if list(path.glob("*.py"))}
    assert set(re.findall(r"^\| `(\w+/)`", README, re.MULTILINE)) == folders


def short_names(source: str) -> list[str]:
    """Lists the tests whose names do not have a method, a condition and a result."""
    return [
        node.name
        for node in ast.walk(ast.parse(source))
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef)
        if node.name.startswith("test")
        if not re.match(r"test(_[a-z0-9]+){3}", node.name)
    ]


def test_names_of_tests_have_three_words():
    files = list(TESTS.rglob("test_*.py"))
    assert len(files) > 50
    short = {
        path.relative_to(TESTS).as_posix(): names
        for path in files
        if (names := short_names(path.read_text()))
    }
    assert short == {}


def test_short_names_of_tests_found():
    assert short_names("def test_resize_grow(): pass") == ["test_resize_grow"]
    source = "class TestRead:\n    async def test_read(self): pass\n    def helper(self): pass"
    assert short_names(source) == ["test_read"]
    assert short_names("def test_resize_grow_appends_zeros(): pass") == []
