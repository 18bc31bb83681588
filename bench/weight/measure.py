"""Measures what a dependency on ironmap costs a program: `make bench WHAT=weight`.

Builds three programs that sum a file's bytes, on memmap2 and on ironmap with its default features
and without, in turn and each time from nothing, by a plain `cargo build --release`. Prints the
medians of the processor time, and the sizes of the stripped programs; then the time of each crate,
and how much of it `cargo check` takes, which generates no code.
"""

import os
import resource
import shutil
import statistics
import subprocess
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
FOLDER = ROOT / "target" / "bench-weight"
CRATE = ROOT / "crates" / "ironmap"
ROUNDS = 2

ON_MEMMAP2 = """
fn main() {
    let file = std::fs::File::open(std::env::args().nth(1).unwrap()).unwrap();
    let map = unsafe { memmap2::Mmap::map(&file).unwrap() };
    println!("{}", map.iter().map(|&byte| u64::from(byte)).sum::<u64>());
}
"""
ON_IRONMAP = """
fn main() {
    let map = ironmap::Mmap::open(std::env::args().nth(1).unwrap()).unwrap();
    let sum = map.view(.., |bytes| bytes.bytes().fold(0, |sum, byte| sum + u64::from(byte)));
    println!("{}", sum.unwrap());
}
"""
PROGRAMS = {
    "memmap2": ('memmap2 = "0.9"', ON_MEMMAP2),
    "ironmap": (f'ironmap = {{ path = "{CRATE}" }}', ON_IRONMAP),
    "ironmap, no features": (
        f'ironmap = {{ path = "{CRATE}", default-features = false }}',
        ON_IRONMAP,
    ),
}


def write(folder: Path, dependency: str, source: str) -> None:
    (folder / "src").mkdir(parents=True, exist_ok=True)
    (folder / "src" / "main.rs").write_text(source, encoding="utf-8")
    manifest = '[package]\nname = "program"\nedition = "2024"\n'
    manifest += f"[dependencies]\n{dependency}\n[workspace]\n"
    (folder / "Cargo.toml").write_text(manifest, encoding="utf-8")
    subprocess.run(["cargo", "fetch", "--quiet"], cwd=folder, check=True)


def build(folder: Path) -> float:
    """Returns the seconds of processor time of a build from nothing."""
    shutil.rmtree(folder / "target", ignore_errors=True)
    before = resource.getrusage(resource.RUSAGE_CHILDREN)
    subprocess.run(["cargo", "build", "--release", "--quiet"], cwd=folder, check=True)
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    return after.ru_utime - before.ru_utime + after.ru_stime - before.ru_stime


def by_crate(folder: Path, command: str) -> dict[str, float]:
    """Returns the seconds of processor time that each crate takes."""
    log = FOLDER / "crates.log"
    log.unlink(missing_ok=True)
    shutil.rmtree(folder / "target", ignore_errors=True)
    wrapper = Path(__file__).with_name("rustc.py")
    environment = os.environ | {"RUSTC_WRAPPER": str(wrapper), "IRONMAP_WEIGHT_LOG": str(log)}
    cargo = ["cargo", command, "--release", "--quiet"]
    subprocess.run(cargo, cwd=folder, check=True, env=environment)
    lines = [line.split() for line in log.read_text(encoding="utf-8").splitlines()]
    return {name: float(seconds) for name, seconds in lines if name != "___"}


def main() -> None:
    folders = [FOLDER / name.replace(", ", "-").replace(" ", "-") for name in PROGRAMS]
    for folder, (dependency, source) in zip(folders, PROGRAMS.values(), strict=True):
        write(folder, dependency, source)
    rounds = [[build(folder) for folder in folders] for _ in range(ROUNDS)]
    seconds = [statistics.median(column) for column in zip(*rounds, strict=True)]
    print(f"{'':22}{'processor seconds':>18}{'ratio':>7}{'stripped kB':>13}")
    for name, folder, each in zip(PROGRAMS, folders, seconds, strict=True):
        program = folder / "target" / "release" / "program"
        stripped = folder / "target" / "stripped"
        subprocess.run(["strip", "-o", stripped, program], check=True)
        size = stripped.stat().st_size / 1000
        print(f"{name:22}{each:18.1f}{each / seconds[0]:7.1f}{size:13.0f}")
    for name, folder in zip(PROGRAMS, folders, strict=True):
        print(f"\n{name + ': crate':30}{'build':>7}{'check':>7}")
        checked = by_crate(folder, "check")
        for crate, each in by_crate(folder, "build").items():
            print(f"{crate:30}{each:7.1f}{checked.get(crate, 0):7.1f}")


if __name__ == "__main__":
    main()
