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


def missing() -> str:
    """What there is none of, for want of which no list can be made."""
    if not shutil.which("rustup"):
        return "rustup"
    toolchains = ["rustup", "toolchain", "list"]
    if "nightly" not in subprocess.run(toolchains, capture_output=True, text=True).stdout:
        return "nightly compiler (rustup toolchain install nightly)"
    add = ["rustup", "target", "add", "--toolchain", "nightly", *LISTS]
    if subprocess.run(add, capture_output=True).returncode != 0:
        return f"way to add {' and '.join(LISTS)} to the nightly compiler"
    return ""


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
    if lacking := missing():
        print(f"passed over: the public API is not compared, there is no {lacking}")
        return 0
    if not (OUT / "bin" / "cargo-public-api").exists():
        print(f"installing {TOOL}: some minutes", flush=True)
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
