"""Hooks of mkdocs.yml: the repository's pages as a site, and the module for its reference.

The pages keep their places, so a link between two of them is the same in the repository and
on the site. A link to another file of the repository leads to that file on GitHub; one to a
file that does not exist is left alone, and mkdocs refuses it.
"""

import ast
import importlib
import inspect
import re
from pathlib import Path
from typing import Any

import griffe
from mkdocs.structure.files import File, Files

ROOT = Path(__file__).resolve().parents[1]
STUBS = ROOT / "python" / "ironmap" / "__init__.pyi"
SHOWN = ("*.md", "docs/*.md", "docs/*.svg", "bench/record/*")

CODE = re.compile(r"(^```.*?^```|`[^`\n]+`)", re.MULTILINE | re.DOTALL)
# Inline, or defined below the text.
LINK = re.compile(r"(\]\(|^\[[^\]\n]+\]: )([^)\s#:]+)((?:#[^)\s]*)?(?:\)|$))", re.MULTILINE)


def on_files(files: Files, config: Any) -> Files:
    """Replaces the files of docs_dir by the pages of the whole repository."""
    theme = [file for file in files if file.src_dir != config.docs_dir]
    shown = sorted(path for pattern in SHOWN for path in ROOT.glob(pattern))
    pages = [
        File(path.relative_to(ROOT).as_posix(), str(ROOT), config.site_dir, True) for path in shown
    ]
    return Files([*theme, *pages])


def on_page_markdown(markdown: str, page: Any, config: Any, files: Files) -> str:
    """Returns a page whose links to other files of the repository lead to GitHub."""
    folder = (ROOT / page.file.src_uri).parent

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

    parts = CODE.split(markdown.replace("<!-- constants -->", constants()))
    return "".join(part if CODE.match(part) else LINK.sub(follow, part) for part in parts)


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
    """Adds to the stubs what they lack: docstrings, and the systems that have a method."""

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
        pkg.exports = [name for name in dir(module) if name in pkg.members and name[0] != "_"]
        for node in ast.parse(STUBS.read_text(encoding="utf-8")).body:
            if isinstance(node, ast.ClassDef):
                complete(pkg[node.name], getattr(module, node.name), dict(systems(node)))


def systems(owner: ast.ClassDef) -> list[tuple[str, str]]:
    return [
        (node.name, where)
        for node, where in conditions(owner.body)
        if isinstance(node, ast.FunctionDef) and where
    ]


def complete(owner: Any, documented: Any, where: dict[str, str] | None = None) -> None:
    if new := owner.members.get("__new__"):
        owner["__init__"] = griffe.Function("__init__", parameters=new.parameters)
    if not owner.docstring:
        owner.docstring = griffe.Docstring(markdown(documented.__doc__))
    for name, member in owner.members.items():
        text = inspect.getdoc(getattr(documented, name, None))
        if not name.startswith("_") and not member.is_alias and member.is_function and text:
            here = (where or {}).get(name)
            system = f"\n\nWhere `{here}`." if here else ""
            member.docstring = griffe.Docstring(markdown(text) + system, parent=member)


def markdown(docstring: str) -> str:
    """Returns a docstring with its parameters as a list, and without accidental emphasis."""
    escaped = re.sub(r"(``.+?``)|([\\*_<\[\]])", lambda m: m[1] or f"\\{m[2]}", docstring)
    return re.sub(r"(?m)^((?:[a-z]|\\_)+(?:, (?:[a-z]|\\_)+)*): ", r"* **\1**: ", escaped)
