"""Shows that loom would notice: weakens one line of the core's `fault` at a time,
in a copy, and wants a model to fail each time.

    python3 loom/mutants.py
"""

import shutil
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
FAULT = Path("crates/ironmap/src/fault")
COPY = ROOT / "target/mutants/copy"
BUILT = ROOT / "target/mutants/built"

# File, what stands there once, what is put there.
MUTANTS = [
    ("damage.rs", "fence(Ordering::Acquire);", ""),
    ("damage.rs", "} else {\n        fence(Ordering::SeqCst);", "} else {\n        fence(Ordering::AcqRel);"),
    ("damage.rs", "pages'.\n        fence(Ordering::SeqCst);", "pages'.\n"),
    ("damage.rs", "pages'.\n        fence(Ordering::SeqCst);", "pages'.\n        fence(Ordering::AcqRel);"),
    ("damage.rs", "Err(now) => old = now,", "Err(_) => self.0.store(new, Ordering::SeqCst),"),
    ("free.rs", "let changes = (head >> 32).wrapping_add(1) << 32;", "let changes = (head >> 32) << 32;"),
    ("free.rs", "new, Ordering::Release, Ordering::Relaxed", "new, Ordering::Relaxed, Ordering::Relaxed"),
    ("free.rs", "let mut head = self.0.load(Ordering::Acquire);", "let mut head = self.0.load(Ordering::Relaxed);"),
    ("free.rs", "new, Ordering::Acquire, Ordering::Acquire", "new, Ordering::Relaxed, Ordering::Relaxed"),
    ("free.rs", "new, Ordering::Acquire, Ordering::Acquire", "new, Ordering::Acquire, Ordering::Relaxed"),
    ("hand_over.rs", "self.0.fetch_add(1, Ordering::Release);", ""),
    ("hand_over.rs", "fence(Ordering::Release);", ""),
    ("hand_over.rs", "fence(Ordering::Acquire);", ""),
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
    for folder in ("loom", FAULT):
        shutil.copytree(ROOT / folder, COPY / folder, copy_function=shutil.copy)
    if failures():
        sys.exit("the models fail as they are")
    unnoticed = 0
    for file, old, new in MUTANTS:
        path = COPY / FAULT / file
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
    command = ["cargo", "test", "--release", "--target-dir", BUILT]
    run = subprocess.run(command, cwd=COPY / "loom", capture_output=True, text=True)
    if "test result:" not in run.stdout:
        sys.exit(run.stderr)
    lines = run.stdout.splitlines()
    return sorted(line.split()[1] for line in lines if line.endswith("... FAILED"))


if __name__ == "__main__":
    main()
