"""Continuous integration runs what contributors run."""

import os
import re
from pathlib import Path

ROOT = Path(__file__).parents[2]
TARGETS = set(re.findall(r"^([a-z][\w-]*):", (ROOT / "Makefile").read_text(), re.MULTILINE))
WORKFLOWS = sorted((ROOT / ".github" / "workflows").glob("*.yml"))


def test_workflow_commands_are_make_targets():
    for workflow in WORKFLOWS:
        text = workflow.read_text()
        (matrix,) = re.findall(r"command: \[(.*)\]", text)
        named = re.findall(r"- run: make ([\w-]+)", text)
        assert {*matrix.split(", "), *named} <= TARGETS, workflow.name


def test_ci_script_runs_make_targets():
    script = ROOT / ".ci" / "run"
    assert os.access(script, os.X_OK)
    named = re.findall(r"^make (.*)$", script.read_text(), re.MULTILINE)
    assert "test" in named and set(named) <= TARGETS


def test_actions_pinned():
    for workflow in WORKFLOWS:
        for action in re.findall(r"uses: (.*)", workflow.read_text()):
            assert re.fullmatch(r"[\w/-]+@[0-9a-f]{40} # v[\d.]+", action), action
