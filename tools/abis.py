"""Builds the module for interpreters without a GIL.

    python tools/abis.py check    clippy on each build, and see that a wrong one is refused
    python tools/abis.py build    build abi3t, for Python 3.15 on, into target/abis/python
    python tools/abis.py run      build for this free-threaded Python, and run the tests

No free-threaded Python is needed for the first two: a Python 3.15 with a GIL loads abi3t too.
`without_gil.py` makes one for the third.
"""

import os
import shutil
import subprocess
import sys
import sysconfig
from pathlib import Path

ROOT = Path(__file__).parents[1]
TARGET = ROOT / "target" / "abis"
# Describes an interpreter that is not here to pyo3's build script.
CONFIG = """\
implementation=CPython
version={version}
shared=true
pointer_width=64
build_flags={flags}
suppress_build_script_link_lines=true
"""
CHOICE = "choose one of the features"
FIT = "the feature does not fit the interpreter"
# Features, the interpreter's flags, and the compiler's error.
BUILDS = [
    ("abi3", "", None),
    ("abi3t", "", None),
    ("free-threaded", "Py_GIL_DISABLED", None),
    ("", "", CHOICE),
    ("abi3 abi3t", "", CHOICE),
    ("abi3 free-threaded", "", CHOICE),
    ("abi3t free-threaded", "", CHOICE),
    ("free-threaded", "", FIT),
    ("abi3", "Py_GIL_DISABLED", FIT),
]

# The arguments of pytest. First, in a process of its own, what CPython 3.13 does no more once it has
# had threads. Last, without those of the stdlib module, whose threads see half of a store.
TESTS = [
    ["tests/compat", "tests/extensions", "-k", "gc_collects"],
    [
        *("tests/compat", "tests/extensions", "tests/threads", "tests/sigbus"),
        *("-m", "not slow and not weekly", "-k", "not gc_collects"),
    ],
    [
        *("tests/threads", "tests/extensions/test_threads.py"),
        *("-m", "slow or weekly", "-k", "not stdlib"),
    ],
]


def config(version: str, flags: str) -> Path:
    """Writes the description of an interpreter."""
    path = TARGET / f"{version}-{flags or 'GIL'}.txt"
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(CONFIG.format(version=version, flags=flags))
    return path


def cargo(
    command: str, features: str, flags: str | None, profile: str = "dev"
) -> subprocess.CompletedProcess[str]:
    """Runs cargo for an interpreter with these flags, or for this one."""
    environment = os.environ | {"PYO3_BUILD_EXTENSION_MODULE": "1", "PYO3_PYTHON": sys.executable}
    if flags is not None:
        # The free-threaded 3.14 has no stable ABI; abi3t begins with 3.15.
        version = "3.15" if "abi3t" in features else "3.14"
        environment["PYO3_CONFIG_FILE"] = str(config(version, flags))
    if command == "clippy":
        environment["RUSTFLAGS"] = "-D warnings"
    options = ["--no-default-features", "--features", features, "--target-dir", str(TARGET)]
    options += ["--profile", profile]
    return subprocess.run(
        ["cargo", command, "-p", "ironmap-py", *options],
        cwd=ROOT,
        env=environment,
        stderr=subprocess.PIPE,
        text=True,
    )


def check() -> None:
    for features, flags, error in BUILDS:
        checked = cargo("clippy", features, flags)
        print(f"==> {features or 'no feature'}, {flags or 'a GIL'}: {error or 'compiles'}")
        failed = error not in checked.stderr if error else checked.returncode != 0
        if failed or (error and checked.returncode == 0):
            sys.exit(checked.stderr)


def build(features: str, flags: str | None, suffix: str, profile: str = "dev") -> Path:
    """Builds the module into a copy of the package; returns the folder to import it from."""
    built = cargo("build", features, flags, profile)
    if built.returncode:
        sys.exit(built.stderr)
    folder = TARGET / "python"
    shutil.rmtree(folder, ignore_errors=True)
    ignored = shutil.ignore_patterns("*.so", "*.pyd", "__pycache__")
    shutil.copytree(ROOT / "python", folder, ignore=ignored)
    library = TARGET / {"dev": "debug"}.get(profile, profile) / "lib_ironmap.so"
    shutil.copy(library, folder / "ironmap" / f"_ironmap{suffix}")
    return folder


def run() -> None:
    if not sysconfig.get_config_var("Py_GIL_DISABLED"):
        sys.exit("this Python has a GIL")
    folder = build_for_this_python()
    venv = TARGET / "venv"
    python = str(venv / "bin" / "python")
    environment = os.environ | {"PYTHONPATH": str(folder)}
    for command in [
        [sys.executable, "-m", "venv", "--clear", str(venv)],
        [python, "-m", "pip", "install", "--quiet", *tools()],
        # The import has not switched the GIL on.
        [python, "-c", "import ironmap, sys; ironmap.mmap; assert not sys._is_gil_enabled()"],
        *([python, "-m", "pytest", *arguments] for arguments in TESTS),
    ]:
        if code := subprocess.run(command, cwd=ROOT, env=environment).returncode:
            sys.exit(code)


def build_for_this_python() -> Path:
    # Without optimisation the tests of threads take long, and the fault handler more stack.
    if sys.version_info >= (3, 15):
        return build("abi3t", None, ".abi3t.so", "release")
    # PyO3 knows these Pythons from 3.14 on. The objects of 3.13 have the same layout.
    flags = "Py_GIL_DISABLED" if sys.version_info < (3, 14) else None
    return build("free-threaded", flags, sysconfig.get_config_var("EXT_SUFFIX"), "release")


def tools() -> list[str]:
    if sys.version_info < (3, 14):
        # Later ones have no wheel for it.
        return ["pytest", "hypothesis==6.140.3"]
    return ["pytest", "hypothesis", f"--constraint={ROOT / 'requirements-dev.txt'}"]


if __name__ == "__main__":
    match sys.argv[1:]:
        case ["check"]:
            check()
        case ["build"]:
            print(build("abi3t", "", ".abi3t.so"))
        case ["run"]:
            run()
        case _:
            sys.exit(__doc__)
