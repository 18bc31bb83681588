"""Builds what a release would upload into target/packages, and installs it.

    python tools/packages.py

Builds the source distribution, the wheels and the crates' packages, checks their names, files
and tags, and installs those that run here into fresh environments: the wheel under every
CPython found and without a compiler, the source distribution under one.
"""

import itertools
import json
import os
import shutil
import subprocess
import sys
import tempfile
import tomllib
import zipfile
from dataclasses import dataclass, field
from pathlib import Path

import abis
import cross
import interpreters
import windows

OUT = cross.ROOT / "target" / "packages"
DIST = OUT / "dist"
# Links with the libraries of older systems, and of musl.
ZIG = "ziglang==0.15.2"
AUDITORS = ("twine==7.0.0", "abi3audit==0.0.26")

CHECK = """
import importlib.metadata, os, pathlib, subprocess, sys, tempfile
import ironmap

site = os.environ.get("IRONMAP_SITE", sys.prefix)
assert pathlib.Path(ironmap.__file__).is_relative_to(site), ironmap.__file__
with tempfile.TemporaryFile() as file:
    file.write(b"hello world")
    file.flush()
    with ironmap.mmap(file.fileno(), 0) as m:
        assert m.find(b"world") == 6
        m[:5] = b"HELLO"
        m.resize(12)
    file.seek(0)
    assert file.read() == b"HELLO world\\0"
ironmap.install(children=True)
child = "import mmap; print(mmap.__name__)"
assert subprocess.check_output([sys.executable, "-c", child], text=True) == "ironmap\\n"
print("ironmap", importlib.metadata.version("ironmap"))
"""


@dataclass(frozen=True)
class Wheel:
    """A wheel: its platform tag, how maturin builds it, the tag of its interpreters, and the
    description of one that is not here: `abis.config`."""

    platform: str
    arguments: list[str]
    extension: str = "_ironmap.abi3.so"
    environment: dict[str, str] = field(default_factory=dict)
    python: str = "cp311-abi3"
    described: tuple[str, str] | None = None

    @property
    def name(self) -> str:
        return f"ironmap-{version()}-{self.python}-{self.platform}.whl"

    @property
    def tags(self) -> list[str]:
        parts = (part.split(".") for part in f"{self.python}-{self.platform}".split("-"))
        return sorted("-".join(tag) for tag in itertools.product(*parts))


GLIBC = "manylinux2014_x86_64.manylinux_2_17_x86_64"
FOR_GLIBC = ["--zig", "--compatibility", "manylinux2014"]
WITHOUT_GIL = [*FOR_GLIBC, "--no-default-features"]
MANYLINUX = Wheel(GLIBC, FOR_GLIBC)
ABI3T = Wheel(
    GLIBC,
    [*WITHOUT_GIL, "--features=abi3t", "--interpreter=python3.15"],
    "_ironmap.abi3t-x86_64-linux-gnu.so",
    python="cp315-abi3.abi3t",
    described=("3.15", ""),
)
FREE_THREADED = Wheel(
    GLIBC,
    [*WITHOUT_GIL, "--features=free-threaded", "--interpreter=python3.14t"],
    "_ironmap.cpython-314t-x86_64-linux-gnu.so",
    python="cp314-cp314t",
    described=("3.14", "Py_GIL_DISABLED"),
)
MUSLLINUX = Wheel(
    "musllinux_1_2_x86_64",
    ["--zig", "--compatibility", "musllinux_1_2"]
    + ["--target", "x86_64-unknown-linux-musl", "-Z", cross.BUILD_STD],
    environment=cross.COMPILER_VARIABLES,
)
WINDOWS = Wheel(
    "win_amd64",
    ["--target", windows.TARGET, "-Z", cross.BUILD_STD, "--config", windows.LINKER_SETTING],
    "_ironmap.pyd",
    environment=windows.cross_environment(),
)
WHEELS = [MANYLINUX, ABI3T, FREE_THREADED, MUSLLINUX, WINDOWS]


def version() -> str:
    manifest = tomllib.loads((cross.ROOT / "Cargo.toml").read_text())
    found: str = manifest["workspace"]["package"]["version"]
    return found


def build() -> None:
    shutil.rmtree(DIST, ignore_errors=True)
    zig = OUT / "zig"
    if not (zig / "ziglang" / "zig").exists():
        cross.output([sys.executable, "-m", "pip", "--quiet", "install", f"--target={zig}", ZIG])
    path = {"PATH": f"{zig / 'ziglang'}:{os.environ['PATH']}"}
    maturin = [sys.executable, "-m", "maturin"]
    cross.output([*maturin, "sdist", f"--out={DIST}"])
    for wheel in WHEELS:
        print(f"building {wheel.name}", flush=True)
        target = f"--target-dir={OUT / 'build'}"
        command = [*maturin, "build", "--release", target, f"--out={DIST}", *wheel.arguments]
        environment = path | wheel.environment
        if wheel.described:
            environment["PYO3_CONFIG_FILE"] = str(abis.config(*wheel.described))
        cross.output(command, environment)


def complaints(wheel: Wheel, names: list[str], tags: list[str]) -> list[str]:
    """Returns what is wrong with the files and tags of a wheel."""
    info = f"ironmap-{version()}.dist-info"
    licences = [f"{info}/licenses/LICENSE-{name}" for name in ("APACHE", "MIT")]
    wanted = {*licences, *(f"ironmap/{name}" for name in [*sources(), wheel.extension])}
    wrong = [f"no {name}" for name in sorted(wanted - set(names))]
    ours = {name for name in names if not name.startswith(f"{info}/")}
    wrong += [f"{name} does not belong there" for name in sorted(ours - wanted)]
    if sorted(tags) != wheel.tags:
        wrong.append(f"its tags are {tags}, not {wheel.tags}")
    return wrong


def sources() -> list[str]:
    """Returns the Python files of the package."""
    folder = cross.ROOT / "python" / "ironmap"
    found = (path for path in folder.rglob("*") if path.suffix in SOURCES)
    return sorted(path.relative_to(folder).as_posix() for path in found)


SOURCES = (".py", ".pyi", ".typed")


def check_files() -> None:
    """Checks that the expected files were built, and that each wheel agrees with its name."""
    expected = sorted([sdist().name, *(wheel.name for wheel in WHEELS)])
    found = sorted(path.name for path in DIST.iterdir())
    if found != expected:
        sys.exit(f"FAILED built {found}, not {expected}")
    for wheel in WHEELS:
        with zipfile.ZipFile(DIST / wheel.name) as files:
            names = files.namelist()
            text = files.read(f"ironmap-{version()}.dist-info/WHEEL").decode()
        tags = [
            line.removeprefix("Tag: ") for line in text.splitlines() if line.startswith("Tag: ")
        ]
        if wrong := complaints(wheel, names, tags):
            sys.exit(f"FAILED {wheel.name}: {'; '.join(wrong)}")
    for name in expected:
        print(f"{(DIST / name).stat().st_size / 1e6:6.2f} MB  {name}")


def sdist() -> Path:
    return DIST / f"ironmap-{version()}.tar.gz"


def try_in_fresh_environment(
    interpreter: interpreters.Interpreter, package: Path, pip: list[str], path: str
) -> None:
    """Installs a package into an empty environment, with the programs of ``path``."""
    with tempfile.TemporaryDirectory() as folder:
        cross.output([interpreter.path, "-m", "venv", folder])
        python = str(Path(folder, "bin", "python"))
        environment = {"PATH": path, "PYTHONPATH": ""}
        cross.output([python, "-m", "pip", "--quiet", "install", *pip, str(package)], environment)
        said = cross.output([python, "-I", "-c", CHECK], environment, Path(folder))
        demo = shutil.copy(cross.ROOT / "tools" / "demo.py", folder)
        cross.output([python, "-I", demo], environment, Path(folder))
    print(f"{package.name} under {interpreter}: {said.strip()}; the demo runs", flush=True)


def refuse_without_rust(interpreter: interpreters.Interpreter) -> None:
    """Checks that the source distribution says in one line what it needs."""
    with tempfile.TemporaryDirectory() as folder:
        cross.output([interpreter.path, "-m", "venv", folder])
        install = [str(Path(folder, "bin", "python")), "-m", "pip", "install", str(sdist())]
        environment = os.environ | {"PATH": "", "PYTHONPATH": ""}
        done = subprocess.run(install, env=environment, capture_output=True, text=True)
    said = [line.strip() for line in done.stderr.splitlines() if "needs Rust" in line]
    if done.returncode == 0 or len(said) != 1 or "[1 lines of output]" not in done.stderr:
        sys.exit(f"FAILED without Rust, pip says\n{done.stderr}")
    print(f"{sdist().name} without Rust: {said[0]}", flush=True)


def audit() -> None:
    """Checks what the package index checks, and that the wheels keep to the stable ABI."""
    venv = OUT / "audit"
    cross.output([sys.executable, "-m", "venv", str(venv)])
    cross.output([str(venv / "bin" / "python"), "-m", "pip", "--quiet", "install", *AUDITORS])
    packages = sorted(map(str, DIST.iterdir()))
    cross.output([str(venv / "bin" / "twine"), "check", "--strict", *packages])
    # abi3audit does not know `PyModExport` of Python 3.15 (2026-11-29).
    stable = [package for package in packages if "-cp311-abi3-" in package]
    cross.output([str(venv / "bin" / "abi3audit"), "--strict", *stable])
    print("twine and abi3audit have no complaints", flush=True)


def try_on_windows() -> None:
    """Installs the wheel into a Python of each version, and runs test.test_mmap on it."""
    site = OUT / "windows"
    for minor in windows.PYTHONS:
        shutil.rmtree(site, ignore_errors=True)
        windows.install(minor, site, [str(DIST / WINDOWS.name)])
        python = [*windows.RUNNER, str(windows.python_exe(minor))]
        place = {"IRONMAP_SITE": windows.windows_path(site)}
        environment = windows.python_environment(site) | place
        said = cross.output([*python, "-c", CHECK], environment)
        print(f"{WINDOWS.name} under Windows' Python {minor}: {said.strip()}", flush=True)
    windows.compare(site)


def try_crates() -> None:
    """Does all of a publication but the upload, and builds the reference of the packages."""
    target = f"--target-dir={OUT / 'build'}"
    packages = [f"--package={name}" for name in windows.CORE]
    # Unpacks the packages and builds what is in them.
    cross.output(["cargo", "package", "--allow-dirty", target, *packages])
    cross.output(
        ["cargo", "publish", "--dry-run", "--no-verify", "--allow-dirty", target, *packages]
    )
    built = [OUT / "build" / "package" / f"{name}-{version()}.crate" for name in windows.CORE]
    with tempfile.TemporaryDirectory() as folder:
        for crate in built:
            shutil.unpack_archive(crate, folder, "gztar")
        # The registry does not have these versions yet.
        beside = [
            f"--config=patch.crates-io.{name}.path={json.dumps(str(Path(folder, crate.stem)))}"
            for name, crate in zip(windows.CORE, built, strict=True)
        ]
        for crate in built:
            document = ["cargo", "doc", "--no-deps", target, *beside]
            cross.output(document, {"RUSTDOCFLAGS": "-D warnings"}, Path(folder, crate.stem))
            size = crate.stat().st_size / 1e6
            print(f"{size:6.2f} MB  {crate.name}, built and documented from itself")


def main() -> None:
    windows.setup()
    build()
    check_files()
    audit()
    everyone = [one for one in interpreters.found() if not one.free_threaded]
    for interpreter in everyone:
        without_compiler = ["--no-index", "--only-binary=:all:"]
        try_in_fresh_environment(interpreter, DIST / MANYLINUX.name, without_compiler, "")
    try_in_fresh_environment(everyone[-1], sdist(), [], os.environ["PATH"])
    refuse_without_rust(everyone[-1])
    try_on_windows()
    try_crates()


if __name__ == "__main__":
    main()
