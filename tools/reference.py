"""The reference of the Python module, from its stubs and its docstrings."""

import ast
import importlib
import inspect
import re
from pathlib import Path

STUBS = Path(__file__).resolve().parents[1] / "python" / "ironmap" / "__init__.pyi"

HEAD = """\
# Reference

Every public name of the module `ironmap`, with its types and its docstring. The names
that the stdlib module has too behave as they do there, but for
[these differences](differences.md).

Where a name is not on every system, a comment says where it is, as type checkers ask
for it. The Rust crate's reference is made by `cargo doc --open`.
"""

CONSTANTS = """\
Each is the system's own number, and is there if the system has it: `MADV_*` for
`madvise`, `MAP_*` and `PROT_*` for the constructor, `MS_*` for `flush`. `ACCESS_*` are the
same everywhere. `error` is another name for `OSError`.
"""

WIDTH = 80

# A node of the stub, and the condition that it stands under.
Where = tuple[ast.stmt, str]


def page() -> str:
    tree = ast.parse(STUBS.read_text(encoding="utf-8"))
    module = importlib.import_module("ironmap")
    in_python = written_in_python(tree.body)
    nodes = [*tree.body, *in_python]
    functions = [node for node in nodes if isinstance(node, ast.FunctionDef)]
    classes = [node for node in nodes if isinstance(node, ast.ClassDef)]
    parts = [HEAD]
    parts += ["## Functions\n", *sections([(node, "") for node in functions], module, "ironmap.")]
    for node in classes:
        parts += class_parts(node, getattr(module, node.name))
    parts += ["## Types\n", "For annotations.\n"]
    aliases = [node for node in in_python if isinstance(node, ast.Assign)]
    parts += [f"### {defined(node)}\n\n{code([ast.unparse(node)])}" for node in aliases]
    parts.append(f"## Constants\n\n{CONSTANTS}\n{constants(tree.body)}")
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
                if defined(there) in names
            ]
    return found


def defined(node: ast.stmt) -> str | None:
    """The name of a function, a class, or another name for a type."""
    if isinstance(node, ast.FunctionDef | ast.ClassDef):
        return node.name
    return ast.unparse(node.targets[0]) if isinstance(node, ast.Assign) else None


def class_parts(node: ast.ClassDef, documented: type) -> list[str]:
    inside = members(node.body)
    functions = [(there, where) for there, where in inside if isinstance(there, ast.FunctionDef)]
    made = [signature(there, where, node.name) for there, where in functions if makes_one(there)]
    operators = [signature(there, where) for there, where in functions if is_operator(there)]
    parts = [f"## {node.name}\n", code([*made, *fields(inside)]), text(documented)]
    parts += sections(inside, documented, "")
    if operators:
        parts += ["### Operators and protocols\n", code(operators)]
    return [part for part in parts if part]


def makes_one(node: ast.FunctionDef) -> bool:
    """Whether it is a constructor that callers may use: others take anything, and refuse."""
    return node.name == "__new__" and node.args.vararg is None


def is_operator(node: ast.FunctionDef) -> bool:
    return node.name.startswith("__") and node.name not in ("__new__", "__reduce_ex__")


def fields(inside: list[Where]) -> list[str]:
    return [
        ast.unparse(node.target) + ": " + ast.unparse(node.annotation)
        for node, _ in inside
        if isinstance(node, ast.AnnAssign) and not ast.unparse(node.target).startswith("_")
    ]


def members(body: list[ast.stmt], where: str = "") -> list[Where]:
    """What stands in a body, inside of an `if` too."""
    found: list[Where] = []
    for node in body:
        if isinstance(node, ast.If):
            test = ast.unparse(node.test).replace("'", '"')
            otherwise = test.replace(" == ", " != ") if " == " in test else f"not ({test})"
            found += members(node.body, both(where, test))
            found += members(node.orelse, both(where, otherwise))
        else:
            found.append((node, where))
    return found


def both(first: str, second: str) -> str:
    """Both conditions; the second alone if it says what the first does."""
    implied = not first or (" == " in second and " and " not in first)
    return second if implied else f"{first} and {second}"


def sections(nodes: list[Where], owner: object, prefix: str) -> list[str]:
    """A section for each name, with all of its signatures."""
    signatures: dict[str, list[str]] = {}
    for node, where in nodes:
        if isinstance(node, ast.FunctionDef):
            public = not node.name.startswith("_") and hasattr(owner, node.name)
            if public:
                signatures.setdefault(node.name, []).append(signature(node, where))
    return [
        f"### {prefix}{name}\n\n{code(lines)}\n{text(getattr(owner, name))}"
        for name, lines in sorted(signatures.items())
    ]


def code(lines: list[str]) -> str:
    return "```python\n" + "\n".join(lines) + "\n```\n" if lines else ""


def signature(node: ast.FunctionDef, where: str, called: str = "") -> str:
    """What is written to call it; `called` is the class, of a constructor."""
    comment = f"# {where}\n" if where else ""
    returns = f" -> {ast.unparse(node.returns)}" if node.returns and not called else ""
    if any(ast.unparse(decorator) == "property" for decorator in node.decorator_list):
        return f"{comment}{node.name}: {returns.removeprefix(' -> ')}"
    parameters = separated(ast.unparse(node.args))
    if parameters and parameters[0] in ("self", "cls"):
        del parameters[0]
        if parameters[:1] == ["/"]:
            del parameters[0]
    name = called or node.name
    line = f"{name}({', '.join(parameters)}){returns}"
    if len(line) > WIDTH:
        line = f"{name}(\n" + "".join(f"    {one},\n" for one in parameters) + f"){returns}"
    return comment + line


def separated(arguments: str) -> list[str]:
    """The parameters, each as PEP 8 wants it."""
    found, depth = [""], 0
    for character in arguments:
        depth += (character in "([{") - (character in ")]}")
        if character == "," and not depth:
            found.append("")
        else:
            found[-1] += character
    stripped = [one.strip() for one in found if one.strip()]
    return [one.replace("=", " = ", 1) if ":" in one else one for one in stripped]


def text(documented: object) -> str:
    """A docstring as Markdown: its parameters as a list, its examples as code."""
    said = inspect.cleandoc(getattr(documented, "__doc__", None) or "")
    blocks = []
    for block in said.split("\n\n") if said else []:
        if block.startswith(">>>"):
            blocks.append(f"```python\n{block}\n```")
        else:
            blocks.append(PARAMETER.sub(parameter, escaped(block)))
    # A list begins behind an empty line.
    joined = "\n\n".join(blocks)
    return re.sub(r"(?m)^(?!\* |    )(.+)\n(?=\* )", r"\1\n\n", joined) + "\n"


def parameter(match: re.Match[str]) -> str:
    name = match[1].replace("\\_", "_")
    return f"* `{name}`: "


def escaped(block: str) -> str:
    """Markdown that shows the block as it is, with ``code`` as code."""
    parts = CODE.split(block)
    plain = [re.sub(r"([\\*_<\[\]])", r"\\\1", part) for part in parts[::2]]
    marked = [f"`{part}`" for part in parts[1::2]]
    return "".join(one + other for one, other in zip(plain, [*marked, ""], strict=True))


CODE = re.compile(r"``(.+?)``")
PARAMETER = re.compile(r"(?m)^((?:[a-z]|\\_)+(?:, (?:[a-z]|\\_)+)*): ")


def constants(body: list[ast.stmt]) -> str:
    """The names, by where they are."""
    found: dict[str, list[str]] = {}
    for node, where in members(body):
        if isinstance(node, ast.AnnAssign) and isinstance(node.target, ast.Name):
            if node.target.id.isupper():
                found.setdefault(where, []).append(node.target.id)
    return "\n".join(
        f"{f'`{where}`' if where else 'Everywhere'}:\n\n"
        + ", ".join(f"`{name}`" for name in sorted(names))
        + "\n"
        for where, names in found.items()
    )
