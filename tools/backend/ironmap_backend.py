"""Builds ironmap with maturin, and says what is missing where there is no Rust.

pip, uv and build import this file in place of maturin, which would download a compiler.
"""

import os
import re
import subprocess
import sys
import tomllib

with open("Cargo.toml", "rb") as manifest:
    OLDEST: str = tomllib.load(manifest)["workspace"]["package"]["rust-version"]


def missing(program: str) -> str | None:
    """Returns why a program of Rust's cannot build ironmap."""
    try:
        answer = subprocess.run([program, "--version"], capture_output=True, text=True)
    except OSError:
        return f"{program} is not on PATH"
    found = re.match(r"\w+ (\d+)\.(\d+)", answer.stdout)
    if found is None:
        return f"{program} does not run: {answer.stderr.strip()}"
    if tuple(map(int, found.groups())) < tuple(map(int, OLDEST.split("."))):
        return f"{answer.stdout.strip()} is too old"
    return None


for program in ("cargo", os.environ.get("RUSTC", "rustc")):
    if problem := missing(program):
        sys.exit(f"ironmap needs Rust {OLDEST} or newer: {problem}; see https://rustup.rs")

from maturin import (  # type: ignore[import-untyped] # noqa: E402
    build_editable,
    build_sdist,
    build_wheel,
    get_requires_for_build_editable,
    get_requires_for_build_sdist,
    get_requires_for_build_wheel,
    prepare_metadata_for_build_editable,
    prepare_metadata_for_build_wheel,
)

__all__ = [
    "build_editable",
    "build_sdist",
    "build_wheel",
    "get_requires_for_build_editable",
    "get_requires_for_build_sdist",
    "get_requires_for_build_wheel",
    "prepare_metadata_for_build_editable",
    "prepare_metadata_for_build_wheel",
]
