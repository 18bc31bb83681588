"""Checks the stand-in for memmap2: ``make check WHAT=memmap2``.

    python tools/memmap2.py [api] [own] [original] [truncation] [ports]

Without an argument it runs all:

* ``api``: the public API is memmap2's, but for the module ``ironmap`` (needs a nightly toolchain);
* ``own``: rustfmt, clippy and the tests in ``compat/memmap2``;
* ``original``: memmap2's own tests, on the stand-in;
* ``truncation``: programs that use memmap2, whose file is cut;
* ``ports``: the tests of these programs, with the stand-in in place of memmap2.

Packages are fetched from crates.io into ``target/memmap2``; nothing of them is in the repository.
"""

import hashlib
import io
import json
import re
import shutil
import subprocess
import sys
import tarfile
import urllib.request
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
STAND_IN = ROOT / "compat" / "memmap2"
PORTS = STAND_IN / "ports"
WORK = ROOT / "target" / "memmap2"

# Programs whose tests are in their packages, with the hashes that crates.io has of these.
SUITES = {
    "grep-searcher-0.1.17": "72348823a0eafc4bc2e9051064f28b5b42cc100b571b3a35d67918d711efcbc6",
    "b3sum-1.8.7": "d12cbf49ea673482c08f7a2cbede6388e698bdae001e9e1536c314cf2741ea5d",
    "jammdb-0.11.0": "9181ce76970363cd85347bf773101959139b36bbc41c2dfb1e9eceea74c513e8",
    "maxminddb-0.32.0": "9b43d2458d977b610b04a3858e6504f06133663d303a1a0606601b530bfc9bc6",
    "tantivy-0.27.0": "ad1ebacf6bc124b741ffbfb088f9835cb55e1e2ff57e182e9219e3efa1377b97",
}
# Those that map files by a feature. Two of tantivy's tests read an index that lz4 has compressed.
FEATURES = {
    "maxminddb-0.32.0": ["--features=mmap"],
    "tantivy-0.27.0": ["--no-default-features", "--features=mmap,lz4-compression"],
}
# Its examples take longer to build than its tests.
TARGETS = {"tantivy-0.27.0": ["--lib"]}
REGISTRY = "https://static.crates.io/crates"

# The databases that maxminddb's tests read are not in its package, but in that of the reader for
# Python.
DATABASES = (
    "https://files.pythonhosted.org/packages/b9/34/"
    "0923a42cce579398890058775ea145214acf80dd3340c26cfb0f16989300/maxminddb-3.2.0.tar.gz",
    "d28e0073fd1dd637c8b95947bc864b5625eca9f8f2db1538145e33b2a1cd4b92",
)

RESULT = re.compile(r"^test result: \w+\. (\d+) passed; (\d+) failed; (\d+) ignored", re.MULTILINE)


def cargo(folder: Path, *arguments: str) -> str:
    """Runs cargo, shows what it prints and returns it."""
    command = ["cargo", *arguments]
    print("+", *command, flush=True)
    process = subprocess.Popen(
        command,
        cwd=folder,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        encoding="utf-8",
    )
    lines = []
    assert process.stdout
    for line in process.stdout:
        lines.append(line)
        print(line, end="", flush=True)
    if process.wait() != 0:
        sys.exit(f"failed: {' '.join(command)}, in {folder}")
    return "".join(lines)


def package(folder: Path, name: str) -> Path:
    """Returns the source of a package from crates.io that is used in a folder."""
    command = ["cargo", "metadata", "--format-version=1", "--all-features"]
    done = subprocess.run(command, cwd=folder, stdout=subprocess.PIPE, check=True)
    packages = json.loads(done.stdout)["packages"]
    found = [p for p in packages if p["name"] == name and p["source"]]
    return Path(found[0]["manifest_path"]).parent


def passed(output: str) -> str:
    """Sums up the results of cargo test."""
    results = [[int(count) for count in found] for found in RESULT.findall(output)]
    good, bad, ignored = (sum(column) for column in zip(*results, strict=True))
    text = f"{good} of {good + bad} tests passed"
    return text + (f", {ignored} ignored" if ignored else "")


def test(folder: Path, *arguments: str) -> str:
    return passed(
        cargo(folder, "test", "--no-fail-fast", f"--target-dir={WORK / 'build'}", *arguments)
    )


def own() -> str:
    for folder in (STAND_IN, PORTS):
        cargo(folder, "fmt", "--check")
        build = f"--target-dir={WORK / 'build'}"
        cargo(folder, "clippy", "--all-targets", "--locked", build, "--", "-Dwarnings")
    return test(STAND_IN, "--all-features", "--locked")


# The tests of memmap2 are a module of its crate; here they are one beside the same names.
TESTS = """\
pub use memmap2::*;

mod advice {{
    pub use memmap2::{{Advice, UncheckedAdvice}};

    // Those of `src/advice.rs`.
    {advice}
}}

#[path = "map.rs"]
mod map;
"""

MANIFEST = """\
[package]
name = "memmap2-original-tests"
version = "0.0.0"
edition = "2021"

[workspace]

[features]
default = ["stable_deref_trait"]
stable_deref_trait = []

[lib]
path = "lib.rs"
test = false
doctest = false

[dependencies]
memmap2 = {{ path = {stand_in}, features = ["stable_deref_trait"] }}

[dev-dependencies]
libc = "0.2"
owning_ref = "0.4"
tempfile = "3"
"""


def original() -> str:
    source = package(STAND_IN, "memmap2")
    folder = WORK / "original"
    shutil.rmtree(folder, ignore_errors=True)
    (folder / "tests" / "all").mkdir(parents=True)
    write(folder / "lib.rs", "")
    write(folder / "Cargo.toml", MANIFEST.format(stand_in=json.dumps(str(STAND_IN))))
    shutil.copy(source / "test" / "map.rs", folder / "tests" / "all")
    advice = read(source / "src" / "advice.rs").partition("#[cfg(test)]\n")[2]
    write(folder / "tests" / "all" / "main.rs", TESTS.format(advice=advice.replace("\n", "\n    ")))
    return f"memmap2 {source.name.rpartition('-')[2]}: {test(folder)}"


def truncation() -> str:
    return test(PORTS, "--locked", "--", "--nocapture")


def ports() -> str:
    return "\n".join(port(name, digest) for name, digest in SUITES.items())


def port(name: str, digest: str) -> str:
    """Runs the tests of a program, no line of which is changed."""
    folder = WORK / "ports" / name
    package_name, _, version = name.rpartition("-")
    download(f"{REGISTRY}/{package_name}/{package_name}-{version}.crate", digest, folder)
    if package_name == "maxminddb":
        databases = WORK / "ports" / "maxminddb-3.2.0"
        download(*DATABASES, databases)
        shutil.copytree(databases / "tests" / "data", folder / "test-data")
    patch = f"\n[patch.crates-io]\nmemmap2 = {{ path = {json.dumps(str(STAND_IN))} }}\n"
    manifest = folder / "Cargo.toml"
    write(manifest, read(manifest) + patch + "\n[workspace]\n")
    # It has a memmap2 of its own.
    (folder / "Cargo.lock").unlink(missing_ok=True)
    features = FEATURES.get(name, [])
    tree = cargo(folder, "tree", "--invert=memmap2", "--depth=0", *features)
    if str(STAND_IN) not in tree:
        sys.exit(f"{name} does not use the stand-in")
    # Debug information takes time and space, and nothing reads it.
    arguments = ["--config=profile.dev.debug=false", *features, *TARGETS.get(name, [])]
    return f"{name}: {test(folder, *arguments)}"


def download(url: str, digest: str, folder: Path) -> None:
    """Unpacks an archive, which has the folder's name in it."""
    print("+ download", url, flush=True)
    with urllib.request.urlopen(url) as answer:
        archive = answer.read()
    if hashlib.sha256(archive).hexdigest() != digest:
        sys.exit(f"{url} has another hash than {digest}")
    shutil.rmtree(folder, ignore_errors=True)
    with tarfile.open(fileobj=io.BytesIO(archive)) as files:
        files.extractall(folder.parent, filter="data")


def api() -> str:
    """Compares the public API with memmap2's, on Linux and Windows."""
    if not shutil.which("cargo-public-api"):
        return "passed over: the public API; needs cargo install cargo-public-api"
    theirs_source = WORK / "api"
    shutil.rmtree(theirs_source, ignore_errors=True)
    shutil.copytree(package(STAND_IN, "memmap2"), theirs_source)
    write(theirs_source / "Cargo.toml", read(theirs_source / "Cargo.toml") + "\n[workspace]\n")
    for target in ("x86_64-unknown-linux-gnu", "x86_64-pc-windows-gnu"):
        theirs, ours = public_api(theirs_source, target), public_api(STAND_IN, target)
        missing = theirs - ours
        added = {item for item in ours - theirs if "memmap2::ironmap" not in item}
        if missing or added:
            sys.exit("\n".join([f"{target}: missing:", *missing, "added:", *added]))
    return "the public API is memmap2's"


def public_api(folder: Path, target: str) -> set[str]:
    output = subprocess.run(
        [
            "cargo",
            "public-api",
            "--all-features",
            "--omit=blanket-impls,auto-derived-impls",
            f"--target={target}",
            f"--target-dir={WORK / 'api-build'}",
        ],
        cwd=folder,
        stdout=subprocess.PIPE,
        check=True,
        text=True,
    ).stdout
    # Fields that are private may have no names.
    return {line.removesuffix("(_)") for line in output.splitlines()}


def read(path: Path) -> str:
    return path.read_text(encoding="utf-8")


def write(path: Path, text: str) -> None:
    path.write_text(text, encoding="utf-8")


STEPS = {
    "api": api,
    "own": own,
    "original": original,
    "truncation": truncation,
    "ports": ports,
}


def main() -> None:
    results = [f"{name}: {STEPS[name]()}" for name in sys.argv[1:] or STEPS]
    print("", *results, sep="\n")


if __name__ == "__main__":
    main()
