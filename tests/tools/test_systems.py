"""The emulated system: the files that are kept for it, and how its outcome is read."""

import json
import os
import shutil
import subprocess
import sys
import time
from pathlib import Path

import pytest

import arm64
import cross
import disks
import systems


@pytest.fixture
def work(tmp_path, monkeypatch) -> Path:
    monkeypatch.setattr(arm64, "WORK", tmp_path / "work")
    (tmp_path / "work").mkdir()
    monkeypatch.setattr(cross, "ROOT", tmp_path / "checkout")
    return tmp_path


def kept(work: Path, program: Path, *arguments: str) -> dict[str, object]:
    program.parent.mkdir(parents=True, exist_ok=True)
    program.write_bytes(b"program")
    arm64.keep(program, [*arguments])
    (path,) = (work / "work").glob("program-*.json")
    return json.loads(path.read_text(encoding="utf-8"))


def test_keep_program_of_the_checkout_has_its_path(work):
    program = work / "checkout" / "target" / "all-0123456789abcdef"
    one = kept(work, program, "--quiet")
    assert one["command"] == [str(program), "--quiet"]
    assert str(one["name"]).endswith(" all")
    assert (work / "work/checkout/target" / program.name).read_bytes() == b"program"


def test_keep_program_of_a_doctest_moves(work, monkeypatch):
    program = work / "temporary" / "rust_out"
    monkeypatch.setenv("RUSTDOC_DOCTEST_BIN_PATH", str(program))
    one = kept(work, program)
    place = str(work / "checkout" / "kept" / "0" / "rust_out")
    assert one["command"] == [place]
    assert one["variables"]["RUSTDOC_DOCTEST_BIN_PATH"] == place
    assert (work / "work/checkout/kept/0/rust_out").read_bytes() == b"program"


def test_commands_of_a_pattern(work):
    assert [one["name"] for one in arm64.commands(["conform"])] == ["module: conformance"]


def test_commands_of_chosen_tests(work):
    (one,) = arm64.commands(["tests/sigbus"], "many_maps")
    command = one["command"]
    assert isinstance(command, list)
    assert command[-3:] == ["-k", "many_maps", "tests/sigbus"]


def test_archived_is_padded_to_words():
    entry = arm64.archived("init", b"12345", 0o100000)
    assert entry.startswith(b"070701") and len(entry) % 4 == 0
    assert entry[110:115] == b"init\0" and entry[116:121] == b"12345"


@pytest.mark.parametrize("last", ["guest: 3 passed, 1 failed", "Kernel panic"])
def test_report_of_a_failure(last):
    with pytest.raises(SystemExit, match="FAILED"):
        arm64.report([sys.executable, "-c", f"print({last!r})"])


def test_report_of_a_success(capsys):
    arm64.report([sys.executable, "-c", "print('guest: 3 passed, 0 failed')"])
    assert "3 passed" in capsys.readouterr().out


def test_settings_of_target():
    made = systems.settings_of("riscv64gc-unknown-linux-gnu", LINKER="cc")
    assert made == {"CARGO_TARGET_RISCV64GC_UNKNOWN_LINUX_GNU_LINKER": "cc"}


def test_outcome_adds_cargo_and_pytest():
    outcome = disks.Outcome()
    outcome.add("test result: ok. 7 passed; 0 failed; 0 ignored; 0 measured")
    outcome.add("1 failed, 12 passed, 3 skipped, 2 errors in 5s")
    assert outcome == disks.Outcome(passed=19, failed=3, skipped=3)


def has_process(word: str) -> bool:
    """Returns whether a process has this word in its command."""
    commands = subprocess.run(["ps", "-eo", "args"], capture_output=True, text=True).stdout
    return any(word in line.split() for line in commands.splitlines())


@pytest.mark.skipif(not shutil.which("bindfs"), reason="needs bindfs")
@pytest.mark.skipif(os.geteuid() != 0, reason="needs root, to mount")
def test_run_server_ends_with_its_file_system(tmp_path):
    place = tmp_path / "bindfs"
    test = ["sh", "-c", "mountpoint -q /srv && echo 1 passed"]
    outcome = disks.run(place, disks.MOUNTS["fuse-bindfs"], [test])
    assert outcome == disks.Outcome(passed=1)
    end = time.monotonic() + 20
    while has_process(str(place)) and time.monotonic() < end:
        time.sleep(0.05)
    assert not has_process(str(place))
