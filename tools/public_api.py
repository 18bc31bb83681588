"""The crate's public API beside the lists of it in crates/ironmap.

    python tools/public_api.py [write]

What is new or gone is meant, or a mistake: the exit status is 1 and the difference is
printed. `write` writes the lists anew. They are made by cargo-public-api, which is
installed into target/public-api, from what a nightly compiler says.
"""

import difflib
import os
import shutil
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
CRATE = ROOT / "crates" / "ironmap"
OUT = ROOT / "target" / "public-api"
TOOL = "cargo-public-api@0.52.0"

# What is Unix's alone and Windows' alone.
LISTS = {
    "x86_64-unknown-linux-gnu": CRATE / "public-api.txt",
    "x86_64-pc-windows-gnu": CRATE / "public-api-windows.txt",
}


def nightly() -> bool:
    """Whether there is a nightly compiler for all of the systems."""
    if not shutil.which("rustup"):
        return False
    add = ["rustup", "target", "add", "--toolchain", "nightly", *LISTS]
    return subprocess.run(add, capture_output=True).returncode == 0


def public_api(target: str) -> str:
    path = f"{OUT / 'bin'}{os.pathsep}{os.environ['PATH']}"
    command = ["cargo", "public-api", "--package", "ironmap", "--target", target]
    command += ["--target-dir", str(OUT), "--omit", "blanket-impls,auto-trait-impls"]
    done = subprocess.run(
        command, cwd=ROOT, env={**os.environ, "PATH": path}, capture_output=True, text=True
    )
    if done.returncode != 0:
        sys.exit(done.stderr)
    return done.stdout


def main(arguments: list[str]) -> int:
    if not nightly():
        print("passed over: the lists are made by a nightly compiler, and rustup has none")
        return 0
    if not (OUT / "bin" / "cargo-public-api").exists():
        subprocess.run(["cargo", "install", "--quiet", "--locked", "--root", OUT, TOOL], check=True)
    different = False
    for target, path in LISTS.items():
        made = public_api(target)
        if arguments == ["write"]:
            path.write_text(made)
        listed = path.read_text()
        name = str(path.relative_to(ROOT))
        lines = difflib.unified_diff(listed.splitlines(), made.splitlines(), name, target, n=0)
        sys.stdout.writelines(f"{line}\n" for line in lines)
        different |= made != listed
    return 1 if different else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
