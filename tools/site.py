"""Hooks of mkdocs.yml: the repository's pages as a site, and the module for its reference.

A link between two pages is written as the repository has them. A link to another file of the
repository leads to that file on GitHub; one to a file that does not exist is left alone, and
mkdocs refuses it. Links to docs.rs/ironmap lead to the crate's reference on the site, if
`cargo doc` has built it.

A Python block and a Rust block, one right after the other, become tabs.
"""

import ast
import importlib
import inspect
import os
import re
import subprocess
import sys
from pathlib import Path
from textwrap import indent
from typing import Any

import griffe
from mkdocs.structure.files import File, Files

ROOT = Path(__file__).resolve().parents[1]
STUBS = ROOT / "python" / "ironmap" / "__init__.pyi"
EXAMPLES = ROOT / "docs" / "examples.md"
RUSTDOC = ROOT / "target" / "doc"
SHOWN = ("*.md", "docs/*.md", "docs/*.svg", "bench/record/*")
# The site has docs/index.md.
HIDDEN = {ROOT / "README.md"}

# The pages of Python's documentation that have the types of signatures. An inventory of all names
# (objects.inv) would be fetched at each build.
PYTHON_DOCS = "https://docs.python.org/3/library/"
PYTHON_TYPES = {
    "functions": ("bool", "float", "int", "object"),
    "stdtypes": ("bytes", "list", "str", "tuple"),
    "exceptions": ("OSError",),
    "typing": ("Any", "Literal", "NamedTuple", "NoReturn", "SupportsIndex"),
    "collections.abc": ("Callable", "Iterable", "Iterator", "Sequence"),
    "array": ("array",),
}
OF_BUILTINS = ("functions", "stdtypes", "exceptions")

# The pages of the crate and what they need; not those of the workspace's other crates.
CRATES = re.compile(r"rust/(ironmap/|src/ironmap/|static\.files/|search\.index/|[^/]+$)")
CRATE = re.compile(r"https://docs\.rs/ironmap(?:/latest/ironmap/([\w./]+))?")
TWO_LANGUAGES = re.compile(
    r"^(```python\n(?:(?!```).*\n)*```)\n\n(```rust\n(?:(?!```).*\n)*```)$", re.MULTILINE
)

EXAMPLE = re.compile(r"^## ([\w.]+)\n\n(```python\n.*?^```)$", re.MULTILINE | re.DOTALL)
CODE = re.compile(r"(^ *```.*?^ *```|`[^`\n]+`)", re.MULTILINE | re.DOTALL)
# Inline, or defined below the text.
LINK = re.compile(r"(\]\(|^\[[^\]\n]+\]: )([^)\s#:]+)((?:#[^)\s]*)?(?:\)|$))", re.MULTILINE)


def on_files(files: Files, config: Any) -> Files:
    """Replaces the files of docs_dir by the pages of the whole repository."""
    theme = [file for file in files if file.src_dir != config.docs_dir]
    shown = sorted({path for pattern in SHOWN for path in ROOT.glob(pattern)} - HIDDEN)
    pages = [
        File(path.relative_to(ROOT).as_posix(), str(ROOT), config.site_dir, True, dest_uri=place)
        for path in shown
        for place in [place_of(path)]
    ]
    return Files([*theme, *pages, *rust_reference(config)])


def place_of(path: Path) -> str:
    """Returns the place of a file on the site, where docs/ is the root."""
    place = path.relative_to(ROOT).as_posix().removeprefix("docs/")
    if path.suffix != ".md":
        return place
    return "index.html" if path.stem == "index" else f"{place.lower()[:-3]}/index.html"


def rust_reference(config: Any) -> list[File]:
    """Returns the files of the crate's reference, which the site has in its folder `rust`."""
    if not (RUSTDOC / "ironmap").exists():
        return []
    found = [path for path in RUSTDOC.rglob("*") if path.is_file() and path.name[0] != "."]
    return [
        File(path.relative_to(ROOT).as_posix(), str(ROOT), config.site_dir, False, dest_uri=place)
        for path in sorted(found)
        for place in [f"rust/{path.relative_to(RUSTDOC).as_posix()}"]
        if CRATES.match(place) and path.suffix != ".md"
    ]


def on_page_markdown(markdown: str, page: Any, config: Any, files: Files) -> str:
    """Returns a page as the site shows it: links, tabs, and what is written by programs."""
    folder = (ROOT / page.file.src_uri).parent
    if page.is_homepage:
        page.meta["hide"] = ["navigation"]  # It has one page in its section.

    def follow(link: re.Match[str]) -> str:
        opened, target, closed = link.groups()
        there = (folder / target).resolve()
        if not there.is_relative_to(ROOT) or not there.exists():
            return link[0]
        path = there.relative_to(ROOT).as_posix()
        if files.get_file_from_path(path):
            return link[0]
        kind = "tree" if there.is_dir() else "blob"
        return f"{opened}{config.repo_url.rstrip('/')}/{kind}/main/{path}{closed}"

    for comment, write in WRITTEN.items():
        if comment in markdown:
            markdown = markdown.replace(comment, write())
    if (RUSTDOC / "ironmap").exists():
        here = "../" * page.file.src_uri.count("/") + RUSTDOC.relative_to(ROOT).as_posix()
        markdown = CRATE.sub(lambda link: f"{here}/ironmap/{link[1] or 'index.html'}", markdown)
    parts = CODE.split(TWO_LANGUAGES.sub(tabs, markdown))
    return "".join(part if CODE.match(part) else LINK.sub(follow, part) for part in parts)


def on_env(env: Any, config: Any, files: Files) -> Any:
    """Tells where the names of Python's own types lead."""
    for page, names in PYTHON_TYPES.items():
        for name in names:
            full = name if page in OF_BUILTINS else f"{page}.{name}"
            config.plugins["autorefs"].register_url(full, f"{PYTHON_DOCS}{page}.html#{full}")
    return env


def tabs(blocks: re.Match[str]) -> str:
    """Returns a Python block and a Rust block as tabs."""
    python, rust = (indent(block, "    ") for block in blocks.groups())
    return f'=== "Python"\n\n{python}\n\n=== "Rust"\n\n{rust}\n'


def constants() -> str:
    """Returns the names of the constants as Markdown, by the systems that have them."""
    found: dict[str, list[str]] = {}
    for node, where in conditions(ast.parse(STUBS.read_text(encoding="utf-8")).body):
        if isinstance(node, ast.AnnAssign) and (name := ast.unparse(node.target)).isupper():
            found.setdefault(where, []).append(f"`{name}`")
    return "\n\n".join(
        f"{f'`{where}`' if where else 'Everywhere'}: {', '.join(sorted(names))}."
        for where, names in found.items()
    )


def command_line() -> str:
    """Returns the help of each command as Markdown."""
    helps = []
    for command in ("", "pages", "run"):
        arguments = [sys.executable, "-m", "ironmap", *command.split(), "--help"]
        environment = os.environ | {"PYTHONPATH": str(ROOT / "python"), "COLUMNS": "80"}
        shown = subprocess.run(
            arguments, capture_output=True, text=True, check=True, env=environment
        )
        heading = f"## {command}\n\n" if command else ""
        helps.append(f"{heading}```text\n{shown.stdout}```")
    return "\n\n".join(helps)


# The text that a page has in the place of each comment.
WRITTEN = {"<!-- constants -->": constants, "<!-- command line -->": command_line}


def conditions(body: list[ast.stmt], where: str = "") -> list[tuple[ast.stmt, str]]:
    """Returns the statements of a body, each with the condition that it is under."""
    found: list[tuple[ast.stmt, str]] = []
    for node in body:
        if isinstance(node, ast.If):
            test = ast.unparse(node.test).replace("'", '"')
            found += conditions(node.body, both(where, test))
            found += conditions(node.orelse, both(where, test.replace(" == ", " != ")))
        else:
            found.append((node, where))
    return found


def both(first: str, second: str) -> str:
    """Returns both conditions; the second alone if it implies the first."""
    return second if not first or " == " in second else f"{first} and {second}"


class Runtime(griffe.Extension):
    """Adds to the stubs what they lack: docstrings, examples, and the systems of a method."""

    def on_class_members(self, *, cls: griffe.Class, **_: Any) -> None:
        # griffe drops a function of which a stub has nothing but overloads.
        for name, overloads in cls.overloads.items():
            if overloads and name not in cls.members:
                cls[name] = griffe.Function(name, lineno=overloads[0].lineno)
                cls[name].overloads = overloads

    def on_package(self, *, pkg: griffe.Module, **_: Any) -> None:
        module = importlib.import_module("ironmap")
        if pkg.name != module.__name__:
            return
        complete(pkg, module)
        # Shows what the package takes from its own files, too.
        exports = [name for name in dir(module) if name in pkg.members and name[0] != "_"]
        pkg.exports = [*exports]
        for node in ast.parse(STUBS.read_text(encoding="utf-8")).body:
            if isinstance(node, ast.ClassDef):
                complete(pkg[node.name], getattr(module, node.name), dict(systems(node)))
        for name in exports:
            if pkg[name].is_alias:
                own = pkg[name].final_target
                describe(own, getattr(module, name))
                if own.is_class:
                    complete(own, getattr(module, name))
                    complete_private_bases(own)
        for name, code in EXAMPLE.findall(EXAMPLES.read_text(encoding="utf-8")):
            owner = pkg[name].final_target if pkg[name].is_alias else pkg[name]
            text = owner.docstring.value.partition("\n\n\\>")[0] if owner.docstring else ""
            owner.docstring = griffe.Docstring(f"{text}\n\n{code}", parent=owner)


def systems(owner: ast.ClassDef) -> list[tuple[str, str]]:
    return [
        (node.name, where)
        for node, where in conditions(owner.body)
        if isinstance(node, ast.FunctionDef) and where
    ]


def complete_private_bases(owner: Any) -> None:
    """Completes the bases whose methods are shown as those of a public class."""
    for base in owner.resolved_bases:
        if "._" in base.path:
            complete(base, getattr(importlib.import_module(base.module.path), base.name))


def complete(owner: Any, documented: Any, where: dict[str, str] | None = None) -> None:
    if new := owner.members.get("__new__"):
        # Classes that only a function makes take no arguments that a user could give.
        hidden = getattr(documented, "__signature__", None) == "()"
        parameters = griffe.Parameters() if hidden else new.parameters
        owner["__init__"] = griffe.Function("__init__", parameters=parameters)
    if not owner.docstring:
        describe(owner, documented)
    for name, member in owner.members.items():
        if not name.startswith("_") and not member.is_alias and member.is_function:
            describe(member, getattr(documented, name, None), (where or {}).get(name))


def describe(owner: Any, documented: Any, where: str | None = None) -> None:
    """Gives a name its docstring, if it has one, and the systems that have it."""
    if text := inspect.getdoc(documented):
        system = f"\n\nWhere `{where}`." if where else ""
        owner.docstring = griffe.Docstring(markdown(text) + system, parent=owner)


def markdown(docstring: str) -> str:
    """Returns a docstring with its parameters as a list, and without accidental emphasis."""
    escaped = re.sub(r"(``.+?``)|([\\*_<>\[\]])", lambda m: m[1] or f"\\{m[2]}", docstring)
    return re.sub(r"(?m)^((?:[a-z]|\\_)+(?:, (?:[a-z]|\\_)+)*): ", r"* **\1**: ", escaped)
