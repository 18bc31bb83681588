"""Each public item of the core has an example, and an "Errors" section if it can fail; each of
memmap2 has its row in the guide.
"""

import re
from pathlib import Path

ROOT = Path(__file__).parents[2]
SRC = ROOT / "crates" / "ironmap" / "src"
STAND_IN = ROOT / "compat" / "memmap2" / "src"

# Another file has the same items for Unix, and documents them.
STAND_INS = {"region/quarantine_none.rs"}

ITEM = re.compile(
    r"((?:^ *///.*\n)+)"
    r"(?:^ *#\[.*\n)*"
    r"^ *pub (?:const |unsafe )*(fn|struct|enum|trait|type) (\w+)([^{;]*)",
    re.MULTILINE,
)


def complaints(source: str) -> list[str]:
    """Lists what the documentation of a file's public items lacks."""
    wrong = []
    for text, kind, name, signature in ITEM.findall(source):
        if "/// ```" not in text and kind != "trait":
            wrong.append(f"{kind} {name} has no example")
        if kind == "fn" and "Result<" in signature and "# Errors" not in text:
            wrong.append(f"fn {name} does not say how it fails")
    return wrong


def test_core_items_documented():
    files = [path for path in SRC.rglob("*.rs")]
    found = [item for path in files for item in ITEM.findall(path.read_text())]
    assert len(found) > 100
    wrong = {
        path.relative_to(SRC).as_posix(): missing
        for path in files
        if (missing := complaints(path.read_text()))
        and path.relative_to(SRC).as_posix() not in STAND_INS
        # Not documented: `#[doc(hidden)]` in lib.rs.
        and path.relative_to(SRC).parts[0] not in ("jobs", "deadline.rs")
    }
    assert wrong == {}


def test_complaints_undocumented_items_found():
    assert complaints("/// Text.\npub fn plain(&self) {}") == ["fn plain has no example"]
    source = "/// ```\n/// code\n/// ```\n#[inline]\npub fn fails(\n    &self,\n) -> Result<()> {}"
    assert complaints(source) == ["fn fails does not say how it fails"]
    assert complaints(source.replace("/// code", "/// # Errors")) == []


def test_from_memmap2_names_all_of_memmap2():
    # The stand-in has memmap2's public API: `make check WHAT=memmap2`, its step `api`.
    files = ("advice", "descriptor", "error", "map", "options", "remap")
    source = "".join((STAND_IN / f"{name}.rs").read_text(encoding="utf-8") for name in files)
    names = set(re.findall(r"^ *pub (?:unsafe )?fn (\w+)", source, re.MULTILINE))
    names |= set(re.findall(r"^ *(\w+) = libc::MADV_", source, re.MULTILINE))
    assert len(names) > 50
    page = (ROOT / "docs" / "from-memmap2.md").read_text(encoding="utf-8")
    code = " ".join(re.findall(r"`[^`]+`", page))
    assert sorted(name for name in names if not re.search(rf"\b{name}\b", code)) == []
