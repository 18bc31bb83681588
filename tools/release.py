"""Prepares a release: everything but the upload.

    python tools/release.py set 1.2.3      writes the version and the date
    python tools/release.py check 1.2.3    says what keeps this commit from being released
    python tools/release.py next 1.2.3     prints what is left to do

The version is in Cargo.toml alone: `maturin` and the crates take it from there. Cargo.lock
repeats it.
"""

import datetime
import re
import subprocess
import sys
import tomllib
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parents[1]
VERSION = re.compile(r"\d+\.\d+\.\d+")
# The workspace's version, and those of its crates.
OWN_LINE = re.compile("^version|path = ")
UNRELEASED = "## Unreleased\n"
# Pages that users see.
PAGES = ("*.md", "docs/*.md", "python/*.md", "crates/*/README.md")
NEXT = """
All but the upload is done. Next, by hand:

    git commit --all --message 'release: {0}'
    .ci/run && make weekly       on that commit
    git tag --sign v{0}
    git push origin main v{0}    .github/workflows/release.yml uploads it
"""


def set_version(root: Path, version: str, date: str) -> None:
    """Writes the version into Cargo.toml, and begins its section in CHANGELOG.md."""
    manifest, changes = root / "Cargo.toml", root / "CHANGELOG.md"
    old = tomllib.loads(manifest.read_text())["workspace"]["package"]["version"]
    own = re.compile(rf'(\bversion = "=?){re.escape(old)}"')
    lines = manifest.read_text().splitlines(keepends=True)
    written = [
        own.sub(rf'\g<1>{version}"', line) if OWN_LINE.search(line) else line for line in lines
    ]
    manifest.write_text("".join(written))
    text = changes.read_text()
    if f"\n## {version} " not in text:
        heading = f"{UNRELEASED}\n## {version} - {date}\n"
        changes.write_text(text.replace(UNRELEASED, heading, 1))


def complaints(root: Path, version: str) -> list[str]:
    """Returns what keeps the files from being released."""
    wrong = [
        f"{place} says {found}"
        for place, found in versions(root).items()
        if found.removeprefix("=") != version
    ]
    sections = re.split(r"^## (.*)\n", (root / "CHANGELOG.md").read_text(), flags=re.MULTILINE)
    entries = dict(zip(sections[1::2], sections[2::2], strict=True))
    if "* " in entries.get("Unreleased", ""):
        wrong.append("CHANGELOG.md has changes under Unreleased")
    dated = [name for name in entries if re.fullmatch(rf"{version} - \d{{4}}-\d\d-\d\d", name)]
    if not dated or "* " not in entries[dated[0]]:
        wrong.append(f"CHANGELOG.md has no changes under '{version} - DATE'")
    pages = sorted(page for pattern in PAGES for page in root.glob(pattern))
    return wrong + [
        f"{page.relative_to(root)} says that there is no release yet"
        for page in pages
        if re.search(r"\bno\s+release\s+yet\b", page.read_text())
    ]


def versions(root: Path) -> dict[str, str]:
    """Returns each version of our own that the manifests have."""
    workspace = read(root / "Cargo.toml")["workspace"]
    found = {"Cargo.toml": workspace["package"]["version"]}
    for name, crate in workspace["dependencies"].items():
        found[f"{name} in Cargo.toml"] = crate["version"]
    members = {path.parent.name for path in root.glob("crates/*/Cargo.toml")}
    for package in read(root / "Cargo.lock")["package"]:
        if package["name"] in members:
            found[f"{package['name']} in Cargo.lock"] = package["version"]
    return found


def read(manifest: Path) -> dict[str, Any]:
    return tomllib.loads(manifest.read_text())


def output(*command: str) -> str:
    return subprocess.check_output(command, cwd=ROOT, text=True)


def main(action: str, version: str) -> None:
    if not VERSION.fullmatch(version):
        sys.exit(f"{version!r} is not a version as 1.2.3")
    if action == "set":
        if output("git", "tag", "--list", f"v{version}"):
            sys.exit(f"v{version} is released already")
        set_version(ROOT, version, datetime.date.today().isoformat())
        output("cargo", "update", "--workspace", "--offline", "--quiet")
    if wrong := complaints(ROOT, version):
        sys.exit("not ready to be released:\n" + "\n".join(f"    {one}" for one in wrong))


if __name__ == "__main__":
    match sys.argv[1:]:
        case ["next", version]:
            print(NEXT.format(version))
        case ["set" | "check" as action, version]:
            main(action, version)
        case _:
            sys.exit(__doc__)
