"""Runs the tests on Linux for arm64, as a whole system in an emulator, on Debian 12.

    python tools/arm64.py 16k [PATTERN…]    the commands whose name has a PATTERN, with pages of 16 KiB
    python tools/arm64.py 4k [PATTERN…]     the same with pages of 4 KiB
    python tools/arm64.py 16k tests/sigbus -k 'many_maps or full_tmpfs'    some tests of a folder

The commands are the core's test programs, test.test_mmap of CPython 3.13 on both modules, and the
tests in PYTEST. All are built here, and run by `guest.py` on the system of Debian trixie that
`target/systems/arm64` has. Needs root, for the chroot of the emulator.
"""

import argparse
import json
import lzma
import os
import re
import shutil
import stat
import subprocess
import sys
import time
from pathlib import Path

import chroot
import cross
import systems

SUITE = "trixie"
TARGET = "aarch64-unknown-linux-gnu"
NEEDED = ("gcc-aarch64-linux-gnu", "libc6-dev-arm64-cross", "e2fsprogs", "kmod")
PYTEST = ("tests/compat", "tests/sigbus")

# Those of Debian 12 would remove newer packages of this machine.
EMULATORS = systems.HERE / "emulators"
HERE = systems.HERE / "arm64"
ROOT, ROOT_DISK, WORK = HERE / "root", HERE / "root.img", HERE / "work"
PACKAGES = (
    *("base-files", "bash", "busybox-static", "coreutils", "e2fsprogs", "kmod", "mount"),
    *("python3.13", "libpython3.13-testsuite", "util-linux", "gcc", "libc6-dev"),
    *("linux-image-arm64", "linux-image-arm64-16k"),
)
# The drivers of the emulated machine's devices; the kernel has all else built in.
MODULES = ("ext4", "virtio_blk")
KERNELS = {"4k": "-arm64", "16k": "-arm64-16k"}
MACHINE = (
    *("-M", "virt", "-cpu", "max,pauth-impdef=on", "-accel", "tcg,thread=multi"),
    *("-smp", "2", "-m", "2G", "-nographic", "-no-reboot", "-nodefaults", "-serial", "stdio"),
)

# The environment of the commands: emulation is slow, so there are fewer rounds.
ROUNDS = {"PROPTEST_CASES": "4"}
# The files that the tests read, besides the programs.
SOURCES = ("crates", "docs", "examples", "python", "tests", "tools")

# Started by Linux, with the modules of the disk; then the disk's own init.
FIRST_INIT = """\
#!/busybox sh
/busybox mount -t devtmpfs none /dev
for module in /modules/*; do /busybox insmod "$module"; done
/busybox mount -t ext4 -o ro /dev/vda /root
/busybox mount -t ext4 /dev/vdb /root/work
exec /busybox switch_root /root /work/init
"""
INIT = """\
#!/bin/bash
export PATH=/usr/sbin:/usr/bin HOME=/root LANG=C.UTF-8 TMPDIR=/work/tmp
mount -o remount,rw /
mount -t proc none /proc
mount -t sysfs none /sys
mount -t devtmpfs none /dev
ln -s /proc/self/fd /dev/fd
mkdir -p /dev/shm /dev/pts
modprobe --all loop fuse
mount -t tmpfs none /dev/shm
mount -t devpts none /dev/pts
busybox ifconfig lo up
mkdir -p "$(cat /work/place)"
mount --bind /work/checkout "$(cat /work/place)"
cd "$(cat /work/place)"
python3.13 tools/guest.py /work/commands.json
sync
busybox poweroff -f
"""


def setup() -> None:
    cross.need(*NEEDED)
    chroot.mmdebstrap(EMULATORS, SUITE, ("qemu-system-arm", "python3.13"), "--variant=minbase")
    chroot.mmdebstrap(ROOT, SUITE, PACKAGES, "--variant=extract", "--architectures=arm64")
    if ROOT_DISK.exists() and ROOT_DISK.stat().st_mtime > ROOT.with_suffix(".txt").stat().st_mtime:
        return
    # Made by scripts of packages, which need the processor; and the place of the second disk.
    for name in ("media", "mnt", "opt", "srv", "work"):
        (ROOT / name).mkdir(exist_ok=True)
    (ROOT / "etc/passwd").write_text("root:x:0:0:root:/root:/bin/bash\nnobody:x:65534:65534::/:/\n")
    (ROOT / "etc/group").write_text("root:x:0:\nnogroup:x:65534:\n")
    compile_python(ROOT / "usr/lib/python3.13")
    for kernel in KERNELS:
        cross.output(["depmod", "--basedir", str(ROOT), version(kernel)])
    make_disk(ROOT_DISK, ROOT, "2G")


def compile_python(folder: Path) -> None:
    """Compiles the modules of a folder: the guest would do it again in each process."""
    command = ["python3.13", "-m", "compileall", "-q", "--invalidation-mode=unchecked-hash"]
    # The tests of Python have files that are no Python.
    cross.output(chroot.entered(EMULATORS, [*command, "-x", "/test/", inside(folder)]))


def make_disk(image: Path, folder: Path, size: str) -> None:
    image.unlink(missing_ok=True)
    cross.output(["mke2fs", "-q", "-t", "ext4", "-d", str(folder), str(image), size])


def version(kernel: str) -> str:
    """Returns the version of a kernel, as its files have it in their names."""
    ending = KERNELS[kernel]
    found = [path.name for path in (ROOT / "usr/lib/modules").glob(f"*{ending}")]
    if not found:
        sys.exit(f"no kernel *{ending} in {ROOT}")
    return max(found)


def build() -> None:
    """Builds the extension for arm64, with what the tests read, into WORK."""
    shutil.rmtree(WORK, ignore_errors=True)
    checkout = WORK / "checkout"
    ignored = shutil.ignore_patterns("__pycache__", "*.so", "target")
    for name in SOURCES:
        shutil.copytree(cross.ROOT / name, checkout / name, ignore=ignored, symlinks=True)
    for path in cross.ROOT.iterdir():
        if path.is_file() and path.suffix in (".md", ".toml", ".lock"):
            shutil.copy(path, checkout)
    (WORK / "tmp").mkdir()
    install_tools(checkout / TOOLS)
    # As it is released: a debug build's handler takes more stack than the tests allow.
    compile_for(["build", "--package", "ironmap-py", "--release"])
    built = cross.ROOT / BUILT / TARGET / "release"
    shutil.copy(built / "lib_ironmap.so", checkout / "python/ironmap/_ironmap.abi3.so")
    compile_python(checkout)


def build_core() -> None:
    """Builds the core's test programs into WORK."""
    runner = f"{sys.executable} {Path(__file__)} keep"
    compile_for(["test", *systems.packages(systems.CORE)], RUNNER=runner)
    built = WORK / "checkout" / BUILT / TARGET
    # For the programs that one of the tests starts, and for its files.
    shutil.copytree(cross.ROOT / BUILT / TARGET / "debug/examples", built / "debug/examples")
    (built / "tmp").mkdir()


def install_tools(folder: Path) -> None:
    """Installs pytest: that of Debian is older than the tests want."""
    pip = [sys.executable, "-m", "pip", "--quiet", "install", "--no-compile", f"--target={folder}"]
    versions = f"--constraint={cross.ROOT / 'requirements-dev.txt'}"
    guest = ["--only-binary=:all:", "--python-version=3.13", "--platform=any"]
    cross.output([*pip, versions, *guest, "pytest"])


# The folder of the checkout that has pytest.
TOOLS = "packages"
BUILT = systems.HERE.relative_to(cross.ROOT) / TARGET


def compile_for(arguments: list[str], **settings: str) -> None:
    python = {"PYO3_CROSS": "1", "PYO3_NO_PYTHON": "1", "PYO3_BUILD_EXTENSION_MODULE": "1"}
    target = systems.settings_of(TARGET, LINKER="aarch64-linux-gnu-gcc", **settings)
    systems.run_cargo(TARGET, arguments, python | target)


def keep(program: Path, arguments: list[str]) -> None:
    """Keeps a program for the guest, as its runner: under its own path in the checkout, or, where
    the program is of a doctest and will be removed, under another.
    """
    kept = len(list(WORK.glob("program-*.json")))
    own = program.is_relative_to(cross.ROOT)
    place = program if own else cross.ROOT / "kept" / str(kept) / program.name
    copy = WORK / "checkout" / place.relative_to(cross.ROOT)
    copy.parent.mkdir(parents=True, exist_ok=True)
    shutil.copy(program, copy)
    variables = {
        name: value.replace(str(program), str(place))
        for name, value in os.environ.items()
        if name.startswith(("CARGO_MANIFEST", "RUSTDOC_"))
    }
    name = re.sub(r"-[0-9a-f]{16}$", "", program.name)
    command = {
        "name": f"core: {Path.cwd().name} {name}",
        "command": [str(place), *arguments],
        "folder": str(Path.cwd()),
        "variables": variables | ROUNDS,
    }
    (WORK / f"program-{kept}.json").write_text(json.dumps(command))


def commands(patterns: list[str], expression: str = "") -> list[dict[str, object]]:
    """Returns the commands of these names; of tests in PYTEST, those that the expression chooses."""
    programs = [json.loads(path.read_text()) for path in sorted(WORK.glob("program-*.json"))]
    path = os.pathsep.join(str(cross.ROOT / folder) for folder in ("python", TOOLS))
    python = {"PYTHONPATH": path, "PYTHONDONTWRITEBYTECODE": "1", "CC": "gcc"}
    pytest = ["python3.13", "-m", "pytest", "-q", "-p", "no:cacheprovider"]
    chosen = ["-rs", "-m", "not slow and not weekly", "-k", expression]
    mine = {"folder": str(cross.ROOT), "variables": python}
    tests = [
        {"name": f"module: {folder}", "command": [*pytest, *chosen, folder], **mine}
        for folder in PYTEST
    ]
    conform = {"name": "module: conformance", "command": ["python3.13", "tools/conformance.py"]}
    every = [conform | mine, *programs, *tests]
    return [one for one in every if not patterns or any(p in one["name"] for p in patterns)]


def boot(kernel: str, chosen: list[dict[str, object]]) -> None:
    """Runs the commands on the system, and exits with 1 if one fails."""
    (WORK / "place").write_text(str(cross.ROOT))
    (WORK / "commands.json").write_text(json.dumps(chosen))
    init = WORK / "init"
    init.write_text(INIT)
    init.chmod(0o755)
    disk, initrd = HERE / f"work-{kernel}.img", HERE / f"initrd-{kernel}"
    make_disk(disk, WORK, "8G")
    make_initrd(initrd, kernel)
    disks = [(ROOT_DISK, "snapshot=on"), (disk, "cache=unsafe")]
    qemu = [
        *("qemu-system-aarch64", *MACHINE, "-append", "console=ttyAMA0 quiet panic=-1"),
        *("-kernel", inside(ROOT / "boot" / f"vmlinuz-{version(kernel)}")),
        *("-initrd", inside(initrd)),
    ]
    for disk, option in disks:
        qemu += ["-drive", f"file={inside(disk)},format=raw,if=virtio,{option}"]
    report(chroot.entered(EMULATORS, qemu))


def inside(path: Path) -> str:
    """Returns a path of the checkout, as the emulator sees it."""
    return str(chroot.CHECKOUT / path.relative_to(cross.ROOT))


def report(emulator: list[str]) -> None:
    """Starts the system and prints what it writes; exits with 1 unless all commands passed."""
    began, last = time.monotonic(), ""
    piped = subprocess.Popen(emulator, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE)
    with piped as system:
        assert system.stdout is not None
        for line in system.stdout:
            text = line.decode(errors="replace").rstrip()
            print(text, flush=True)
            last = text if text.startswith("guest: ") else last
    print(f"{time.monotonic() - began:.0f} s")
    if not last.endswith(" 0 failed"):
        sys.exit(f"FAILED {last or 'the system did not come to its end'}")


def make_initrd(initrd: Path, kernel: str) -> None:
    """Writes the first file system, with the modules in the order in which they load."""
    wanted = [
        "modprobe",
        "--dirname",
        str(ROOT),
        "--set-version",
        version(kernel),
        "--show-depends",
    ]
    loads = [line for name in MODULES for line in cross.output([*wanted, name]).splitlines()]
    modules = [Path(line.split()[1]) for line in dict.fromkeys(loads) if line.startswith("insmod")]
    files = {"init": FIRST_INIT.encode(), "busybox": (ROOT / "usr/bin/busybox").read_bytes()}
    for number, module in enumerate(modules):
        files[f"modules/{number:02}-{module.stem}"] = lzma.decompress(module.read_bytes())
    folders = ("dev", "modules", "root")
    initrd.write_bytes(
        b"".join(
            [
                *(archived(name, b"", stat.S_IFDIR) for name in folders),
                *(archived(name, content, stat.S_IFREG) for name, content in files.items()),
                archived("TRAILER!!!", b"", 0),
            ]
        )
    )


def archived(name: str, content: bytes, kind: int) -> bytes:
    """Returns a file as cpio (newc) has it."""
    fields = [0, kind | 0o755, 0, 0, 1, 0, len(content), 0, 0, 0, 0, len(name) + 1, 0]
    header = b"070701" + b"".join(b"%08x" % field for field in fields) + name.encode() + b"\0"
    return header + bytes(-len(header) % 4) + content + bytes(-len(content) % 4)


def main() -> None:
    if sys.argv[1:2] == ["keep"]:
        return keep(Path(sys.argv[2]), sys.argv[3:])
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("kernel", choices=KERNELS)
    parser.add_argument("pattern", nargs="*")
    parser.add_argument("-k", dest="expression", default="", help="the tests: pytest's option")
    options = parser.parse_args()
    setup()
    build()
    # Names of the core's programs are known when they are built.
    if not options.pattern or not all(commands([one]) for one in options.pattern):
        build_core()
    chosen = commands(options.pattern, options.expression)
    if not chosen:
        sys.exit(f"no command has {' or '.join(options.pattern)} in its name")
    boot(options.kernel, chosen)
    return None


if __name__ == "__main__":
    main()
