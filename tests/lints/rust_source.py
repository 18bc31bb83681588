"""The part of Rust's grammar that the lints need."""

import re

# Comments, strings and characters, in which a word is not code. A character has a closing
# quote, a lifetime has none.
_NOT_CODE = re.compile(
    r"""
    //[^\n]*
    | /\*.*?\*/
    | \b[bc]?r(?P<hashes>\#*)".*?"(?P=hashes)
    | "(?:\\.|[^"\\])*"
    | '(?:\\(?:x..|u\{[^}]*\}|.)|[^\\'])'
    """,
    re.VERBOSE | re.DOTALL,
)
_TOKEN = re.compile(r"\w+|::|\S")

Path = tuple[str, ...]


def code(source: str) -> str:
    """Replaces everything in ``source`` that is not code with spaces."""
    return _NOT_CODE.sub(lambda match: re.sub(r"[^\n]", " ", match[0]), source)


def module_of(file: str) -> Path:
    """Returns the module of ``file``, relative to ``src``; () is the crate's root."""
    parts = file.removesuffix(".rs").split("/")
    if parts[-1] in ("lib", "mod"):
        parts.pop()
    return tuple(parts)


def paths(source: str, module: Path) -> set[Path]:
    """Returns the paths in ``source`` that start at ``crate``, ``super`` or ``self``, from the
    crate's root. A use tree has one path for each of its leaves."""
    tokens = _TOKEN.findall(code(source))
    found: set[Path] = set()
    inline: list[str | None] = []  # for each open brace the module that it opens
    at = 0
    while at < len(tokens):
        token = tokens[at]
        if token in ("crate", "super", "self") and tokens[at + 1 : at + 2] == ["::"]:
            here = () if token == "crate" else module + tuple(filter(None, inline))
            leaves, at = _tree(tokens, at, ())
            found.update(_resolve(here, leaf) for leaf in leaves)
            continue
        if token == "{":
            inline.append(tokens[at - 1] if tokens[at - 2 : at - 1] == ["mod"] else None)
        elif token == "}" and inline:
            inline.pop()
        at += 1
    return found


def reexports(lib: str) -> dict[str, str]:
    """Returns the top module of each name that ``lib.rs`` exports with ``pub use``."""
    tokens = _TOKEN.findall(code(lib))
    names: dict[str, str] = {}
    for at in range(len(tokens) - 2):
        if tokens[at : at + 2] == ["pub", "use"]:
            for leaf in _tree(tokens, at + 2, ())[0]:
                top = leaf[1] if leaf[0] in ("crate", "self") else leaf[0]
                names[leaf[-1]] = top
    return names


def _tree(tokens: list[str], at: int, prefix: Path) -> tuple[list[Path], int]:
    """Returns the leaves of the path or use tree at ``at``, and its end."""
    path = (*prefix, tokens[at])
    at += 1
    while tokens[at : at + 1] == ["::"]:
        at += 1
        if tokens[at] == "{":
            return _group(tokens, at + 1, path)
        if not re.fullmatch(r"\w+|\*", tokens[at]):  # ::<T>
            break
        path = (*path, tokens[at])
        at += 1
    if tokens[at : at + 1] == ["as"]:
        path = (*path[:-1], tokens[at + 1])
        at += 2
    return [path], at


def _group(tokens: list[str], at: int, prefix: Path) -> tuple[list[Path], int]:
    leaves: list[Path] = []
    while tokens[at] != "}":
        if tokens[at] == ",":
            at += 1
            continue
        inner, at = _tree(tokens, at, prefix)
        leaves += inner
    return leaves, at + 1


def _resolve(here: Path, leaf: Path) -> Path:
    """Resolves ``leaf`` from module ``here``."""
    for name in leaf:
        if name == "super":
            here = here[:-1]
        elif name not in ("crate", "self"):
            here = (*here, name)
    return here
