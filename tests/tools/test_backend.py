"""Building from source without Rust, or with one that is too old, ends in one line."""

import subprocess
import sys
import tomllib
from pathlib import Path

import pytest

from hang import HANG

ROOT = Path(__file__).parents[2]
BACKEND = ROOT / "tools" / "backend"
OLDEST = tomllib.loads((ROOT / "Cargo.toml").read_text())["workspace"]["package"]["rust-version"]
IMPORT = "import ironmap_backend; print(ironmap_backend.build_wheel.__module__)"

pytestmark = pytest.mark.skipif(sys.platform == "win32", reason="its programs are shell scripts")


def backend(path: Path, **variables: str) -> subprocess.CompletedProcess:
    """Imports the backend, as pip does, with the programs of one folder."""
    return subprocess.run(
        [sys.executable, "-c", IMPORT],
        cwd=ROOT,
        env={"PATH": str(path), "PYTHONPATH": str(BACKEND), **variables},
        capture_output=True,
        text=True,
        timeout=HANG,
    )


def program(path: Path, script: str) -> None:
    path.write_text(f"#!/bin/sh\n{script}\n")
    path.chmod(0o755)


def rust(folder: Path, version: str) -> None:
    for name in ("cargo", "rustc"):
        program(folder / name, f"echo '{name} {version} (0123abc 2024-01-01)'")


def refused(done: subprocess.CompletedProcess, problem: str) -> None:
    line = f"ironmap needs Rust {OLDEST} or newer: {problem}; see https://rustup.rs\n"
    assert (done.returncode, done.stdout, done.stderr) == (1, "", line)


def test_backend_without_cargo_says_one_line(tmp_path):
    refused(backend(tmp_path), "cargo is not on PATH")


def test_backend_without_rustc_says_one_line(tmp_path):
    rust(tmp_path, OLDEST + ".0")
    (tmp_path / "rustc").unlink()
    refused(backend(tmp_path), "rustc is not on PATH")


@pytest.mark.parametrize("version", ["0.99.0", "1.9.0", "1.84.1"])
def test_backend_old_rust_says_one_line(tmp_path, version):
    rust(tmp_path, version)
    refused(backend(tmp_path), f"cargo {version} (0123abc 2024-01-01) is too old")


def test_backend_old_compiler_of_rustc_variable_refused(tmp_path):
    rust(tmp_path, "1.99.0")
    program(tmp_path / "other", "echo 'rustc 1.63.0'")
    refused(backend(tmp_path, RUSTC="other"), "rustc 1.63.0 is too old")


def test_backend_cargo_without_toolchain_says_why(tmp_path):
    program(tmp_path / "cargo", "echo 'error: no default toolchain' >&2; exit 1")
    refused(backend(tmp_path), "cargo does not run: error: no default toolchain")


@pytest.mark.parametrize("version", [f"{OLDEST}.0", "1.100.0", "2.0.0-nightly"])
def test_backend_new_rust_is_maturin(tmp_path, version):
    rust(tmp_path, version)
    done = backend(tmp_path)
    assert (done.returncode, done.stdout, done.stderr) == (0, "maturin\n", "")


def test_backend_is_of_the_project():
    system = tomllib.loads((ROOT / "pyproject.toml").read_text())["build-system"]
    assert (ROOT / system["backend-path"][0]) == BACKEND
    assert (BACKEND / f"{system['build-backend']}.py").is_file()
