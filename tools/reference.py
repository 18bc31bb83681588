"""The reference of the Python module, from its stubs and its docstrings."""

import ast
import importlib
import inspect
from pathlib import Path

STUBS = Path(__file__).resolve().parents[1] / "python" / "ironmap" / "__init__.pyi"

HEAD = """\
# Reference

Every name of the module `ironmap`, with its types and its docstring; what the stdlib
module has is the same here. Constants that a system does not have are not there.
"""


def page() -> str:
    tree = ast.parse(STUBS.read_text(encoding="utf-8"))
    module = importlib.import_module("ironmap")
    nodes = [*tree.body, *written_in_python(tree.body)]
    functions = [node for node in nodes if isinstance(node, ast.FunctionDef)]
    classes = [node for node in nodes if isinstance(node, ast.ClassDef)]
    parts = [HEAD]
    if functions:
        parts.append("## Functions\n")
        parts += sections(functions, module, "ironmap.", 3)
    for node in classes:
        owner = getattr(module, node.name)
        parts.append(f"## {node.name}\n\n{text(owner)}")
        parts += sections(members(node.body), owner, "", 3)
    parts.append("## Constants\n\n" + constants(tree.body))
    return "\n".join(parts)


def written_in_python(body: list[ast.stmt]) -> list[ast.stmt]:
    """What the stub takes from the package's own files, which need none."""
    found: list[ast.stmt] = []
    for node in body:
        if isinstance(node, ast.ImportFrom) and (node.module or "").startswith("ironmap."):
            source = STUBS.with_name(f"{str(node.module).removeprefix('ironmap.')}.py")
            names = [alias.name for alias in node.names]
            found += [
                there
                for there in ast.parse(source.read_text(encoding="utf-8")).body
                if isinstance(there, ast.FunctionDef | ast.ClassDef) and there.name in names
            ]
    return found


def members(body: list[ast.stmt]) -> list[ast.FunctionDef]:
    """The functions of a class, those inside of an `if` too."""
    found: list[ast.FunctionDef] = []
    for node in body:
        if isinstance(node, ast.FunctionDef):
            found.append(node)
        elif isinstance(node, ast.If):
            found += members(node.body) + members(node.orelse)
    return found


def sections(nodes: list[ast.FunctionDef], owner: object, prefix: str, level: int) -> list[str]:
    """A section for each name, with all of its signatures."""
    signatures: dict[str, list[str]] = {}
    for node in nodes:
        public = not node.name.startswith("_") and hasattr(owner, node.name)
        if public:
            signatures.setdefault(node.name, []).append(signature(node))
    return [
        f"{'#' * level} {prefix}{name}\n\n```python\n" + "\n".join(lines) + "\n```\n\n"
        + text(getattr(owner, name))
        for name, lines in sorted(signatures.items())
    ]


def signature(node: ast.FunctionDef) -> str:
    if any(ast.unparse(decorator) == "property" for decorator in node.decorator_list):
        return f"{node.name}: {ast.unparse(node.returns) if node.returns else 'object'}"
    returns = f" -> {ast.unparse(node.returns)}" if node.returns else ""
    return f"def {node.name}({ast.unparse(node.args)}){returns}"


def text(documented: object) -> str:
    """A docstring as it stands: it is written to be read in a terminal."""
    said = inspect.cleandoc(getattr(documented, "__doc__", None) or "")
    return f"```text\n{said}\n```\n" if said else ""


def constants(body: list[ast.stmt]) -> str:
    names: list[str] = []
    for node in ast.walk(ast.Module(body=body, type_ignores=[])):
        if isinstance(node, ast.AnnAssign) and isinstance(node.target, ast.Name):
            if node.target.id.isupper():
                names.append(node.target.id)
    return "".join(f"* `{name}`\n" for name in sorted(set(names)))
