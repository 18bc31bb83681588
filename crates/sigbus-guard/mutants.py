"""Shows that loom would notice: weakens one line of the slots at a time, in a copy, and
wants a model to fail each time.

    python3 crates/sigbus-guard/mutants.py
"""

import os
import shutil
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
SLOTS = Path("crates/sigbus-guard/src/slots")
COPY = ROOT / "target/mutants/copy"
BUILT = ROOT / "target/mutants/built"

# File, what stands there once, what is put there.
MUTANTS = [
    ("damage.rs", "fence(Ordering::Acquire);", ""),
    ("damage.rs", "} else {\n        fence(Ordering::SeqCst);", "} else {\n        fence(Ordering::AcqRel);"),
    ("damage.rs", "pages'.\n        fence(Ordering::SeqCst);", "pages'.\n"),
    ("damage.rs", "pages'.\n        fence(Ordering::SeqCst);", "pages'.\n        fence(Ordering::AcqRel);"),
    ("damage.rs", "Err(now) => old = now,", "Err(_) => self.0.store(new, Ordering::SeqCst),"),
    ("free_list.rs", "let changes = (head >> 32).wrapping_add(1) << 32;", "let changes = (head >> 32) << 32;"),
    ("free_list.rs", "new, Ordering::Release, Ordering::Relaxed", "new, Ordering::Relaxed, Ordering::Relaxed"),
    ("free_list.rs", "let mut head = self.0.load(Ordering::Acquire);", "let mut head = self.0.load(Ordering::Relaxed);"),
    ("free_list.rs", "new, Ordering::Acquire, Ordering::Acquire", "new, Ordering::Relaxed, Ordering::Relaxed"),
    ("free_list.rs", "new, Ordering::Acquire, Ordering::Acquire", "new, Ordering::Acquire, Ordering::Relaxed"),
    ("move_epoch.rs", "self.0.fetch_add(1, Ordering::Release);", ""),
    ("move_epoch.rs", "fence(Ordering::Release);", ""),
    ("move_epoch.rs", "fence(Ordering::Acquire);", ""),
    ("slot.rs", "self.damage.add(pages.clone());", ""),
    ("slot.rs", "self.damage.add(pages);", ""),
    ("slot.rs", "fence(Ordering::Release);", ""),
    ("slot.rs", "sequence.wrapping_add(2), Ordering::Release", "sequence.wrapping_add(2), Ordering::Relaxed"),
    ("slot.rs", "self.sequence.load(Ordering::Acquire)", "self.sequence.load(Ordering::Relaxed)"),
    ("slot.rs", "fence(Ordering::Acquire);", ""),
    ("slot.rs", "before % 2 == 1 || len == 0", "len == 0"),
    ("slot.rs", "            }\n        }\n        fence(Ordering::SeqCst);", "            }\n        }\n"),
    ("slot.rs", "impl FnOnce() -> u32) -> bool {\n        fence(Ordering::SeqCst);", "impl FnOnce() -> u32) -> bool {\n"),
    ("slot.rs", "(before == after).then_some(watched)", "Some(watched)"),
]


def main():
    shutil.rmtree(COPY, ignore_errors=True)
    shutil.copytree(ROOT / "crates", COPY / "crates", copy_function=shutil.copy)
    for name in ("Cargo.toml", "Cargo.lock"):
        shutil.copy(ROOT / name, COPY)
    if failures():
        sys.exit("the models fail as they are")
    unnoticed = 0
    for file, old, new in MUTANTS:
        path = COPY / SLOTS / file
        source = path.read_text()
        if source.count(old) != 1:
            sys.exit(f"{file}: {old!r} stands there {source.count(old)} times")
        path.write_text(source.replace(old, new))
        noticed = failures()
        path.write_text(source)
        unnoticed += not noticed
        print(f"{file}: {old!r} -> {new!r}: {', '.join(noticed) or 'UNNOTICED'}", flush=True)
    sys.exit(unnoticed > 0)


def failures():
    """The models that fail."""
    command = ["cargo", "test", "--profile", "models", "-p", "sigbus-guard", "--lib"]
    command += ["--target-dir", BUILT]
    environment = os.environ | {"RUSTFLAGS": "--cfg loom"}
    run = subprocess.run(command, cwd=COPY, env=environment, capture_output=True, text=True)
    if "test result:" not in run.stdout:
        sys.exit(run.stderr)
    lines = run.stdout.splitlines()
    return sorted(line.split()[1] for line in lines if line.endswith("... FAILED"))


if __name__ == "__main__":
    main()
