"""Continuous integration runs what contributors run."""

import os
import re
from pathlib import Path

ROOT = Path(__file__).parents[2]
WORKFLOWS = sorted((ROOT / ".github" / "workflows").glob("*.yml"))


def targets(makefile: str) -> set[str]:
    return set(
        re.findall(r"^([a-z][\w-]*)\b[^:=\n]*:(?!=)", (ROOT / makefile).read_text(), re.MULTILINE)
    )


TARGETS = targets("Makefile")
CHECKS = targets("tools/checks.mk")


def unknown(commands: list[str]) -> list[str]:
    """Returns the commands that `make` does not know."""
    wrong = []
    for command in commands:
        target, _, what = command.partition(" WHAT=")
        if target not in TARGETS or not set(what.strip('"').split()) <= CHECKS:
            wrong.append(command)
    return wrong


def commands(workflow: str) -> list[str]:
    """Returns what a workflow gives to `make`, each value of its matrix in its place."""
    matrix = dict(re.findall(r"(command|what): \[(.*)\]", workflow))
    found = []
    for command in re.findall(r"run: make (.*)$", workflow, re.MULTILINE):
        place = re.search(r"\${{ matrix\.(\w+) }}", command)
        values = matrix[place[1]].split(", ") if place else []
        found += [command.replace(place[0], value) for value in values] or [command]
    return found


def test_workflow_commands_are_make_targets():
    named = {path.name: commands(path.read_text()) for path in WORKFLOWS}
    assert named["ci.yml"] and named["weekly.yml"]
    assert {name: wrong for name, list in named.items() if (wrong := unknown(list))} == {}


def test_ci_script_runs_make_targets():
    script = ROOT / ".ci" / "run"
    assert os.access(script, os.X_OK)
    named = re.findall(r"^ *make (.*)$", script.read_text(), re.MULTILINE)
    assert "test" in named and unknown(named) == []


def test_unknown_target_is_noticed():
    assert unknown(["test", "check WHAT=miri"]) == []
    assert unknown(["tests", "check WHAT=murk"]) == ["tests", "check WHAT=murk"]


def test_weekly_jobs_are_make_weekly():
    (matrix,) = re.findall(r"what: \[(.*)\]", (ROOT / ".github/workflows/weekly.yml").read_text())
    (weekly,) = re.findall(
        r"^WEEKLY := (.*)$", (ROOT / "tools/checks.mk").read_text(), re.MULTILINE
    )
    assert matrix.split(", ") == weekly.split()


def test_actions_pinned_by_commit():
    for workflow in WORKFLOWS:
        for action in re.findall(r"uses: (.*)", workflow.read_text()):
            assert re.fullmatch(r"[\w/-]+@[0-9a-f]{40} # v[\d.]+", action), action
