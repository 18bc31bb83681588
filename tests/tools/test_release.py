"""What keeps a commit from being released, and what `make release` writes."""

import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

import release

ROOT = Path(__file__).parents[2]
DATE = "2026-12-31"


@pytest.fixture
def tree(tmp_path):
    """The files that a release changes, of a tree that can be released as 1.2.3."""
    shutil.copy(ROOT / "Cargo.toml", tmp_path)
    for manifest in ROOT.glob("crates/*/Cargo.toml"):
        (tmp_path / "crates" / manifest.parent.name).mkdir(parents=True)
        shutil.copy(manifest, tmp_path / "crates" / manifest.parent.name)
    (tmp_path / "CHANGELOG.md").write_text("# Changelog\n\n## Unreleased\n\n### Added\n\n* All.\n")
    (tmp_path / "README.md").write_text("# ironmap\n")
    release.set_version(tmp_path, "1.2.3", DATE)
    lock(tmp_path, "1.2.3")
    return tmp_path


def lock(tree: Path, version: str) -> None:
    """Does what `cargo update --workspace` does."""
    old = release.versions(ROOT)["Cargo.toml"]
    text = (ROOT / "Cargo.lock").read_text()
    own = re.compile(rf'(name = "[\w-]+"\nversion = ")({re.escape(old)})("\n(?!source))')
    (tree / "Cargo.lock").write_text(own.sub(rf"\g<1>{version}\3", text))


def test_release_set_leaves_no_complaint(tree):
    assert release.complaints(tree, "1.2.3") == []
    assert release.versions(tree)["sigbus-guard in Cargo.toml"] == "=1.2.3"
    changes = (tree / "CHANGELOG.md").read_text()
    assert "## Unreleased\n\n## 1.2.3 - 2026-12-31\n\n### Added\n\n* All.\n" in changes


def test_release_set_twice_changes_nothing(tree):
    before = [path.read_bytes() for path in tree.glob("*.*")]
    release.set_version(tree, "1.2.3", "2027-01-01")
    assert [path.read_bytes() for path in tree.glob("*.*")] == before


def test_release_set_leaves_dependencies_of_others(tree):
    before = (ROOT / "crates/ironmap/Cargo.toml").read_text()
    assert (tree / "crates/ironmap/Cargo.toml").read_text() == before
    manifest = (tree / "Cargo.toml").read_text()
    assert manifest.count('"1.2.3"') == 2 and manifest.count('"=1.2.3"') == 1


def test_release_other_version_is_no_release(tree):
    wrong = release.complaints(tree, "1.2.4")
    assert "Cargo.toml says 1.2.3" in wrong
    assert "memsearch in Cargo.toml says 1.2.3" in wrong
    assert "ironmap-py in Cargo.lock says 1.2.3" in wrong
    assert "CHANGELOG.md has no changes under '1.2.4 - DATE'" in wrong


def test_release_old_lock_is_noticed(tree):
    lock(tree, "1.2.2")
    assert "ironmap in Cargo.lock says 1.2.2" in release.complaints(tree, "1.2.3")


def test_release_later_changes_are_noticed(tree):
    changes = tree / "CHANGELOG.md"
    text = changes.read_text()
    changes.write_text(text.replace("## Unreleased\n", "## Unreleased\n\n* More.\n"))
    assert release.complaints(tree, "1.2.3") == ["CHANGELOG.md has changes under Unreleased"]
    changes.write_text(text.replace("* All.\n", ""))
    wrong = ["CHANGELOG.md has no changes under '1.2.3 - DATE'"]
    assert release.complaints(tree, "1.2.3") == wrong


def test_release_page_without_release_is_noticed(tree):
    (tree / "README.md").write_text("There is no\nrelease yet.\n")
    wrong = ["README.md says that there is no release yet"]
    assert release.complaints(tree, "1.2.3") == wrong


@pytest.mark.parametrize("version", ["", "v1.2.3", "1.2", "1.2.3rc1"])
def test_release_bad_version_is_refused(version):
    command = [sys.executable, ROOT / "tools" / "release.py", "check", version]
    done = subprocess.run(command, capture_output=True, text=True)
    assert (done.returncode, done.stdout) == (1, "")
    assert done.stderr == f"{version!r} is not a version as 1.2.3\n"
