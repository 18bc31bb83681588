"""The table of results by operation."""

import time
from collections import Counter

from inject.known import Known, in_short

PROBLEMS = {"death": "deaths", "loss": "losses", "leak": "leaks", "wrong error": "wrong errors"}
HEADINGS = PROBLEMS | {"wrong error": "wrong"}


class Report:
    def __init__(self):
        self.known, self.started = Known(), time.monotonic()
        self.rows, self.found = {}, []

    def add(self, operation, tried):
        row = self.rows.setdefault(operation, Counter())
        row["points"] += 1
        problems = [("death", tried.death)] if tried.death else tried.problems
        for problem, text in problems:
            if self.known.is_known(operation, tried.point, problem, text):
                row["known"] += 1
            else:
                row[problem] += 1
                self.found.append((problem, operation, tried.point, text))

    def show(self):
        columns = ["points", *PROBLEMS, "known"]
        print(f"{'operation':44}" + "".join(f"{HEADINGS.get(name, name):>8}" for name in columns))
        for name, row in [*sorted(self.rows.items()), ("all", sum(self.rows.values(), Counter()))]:
            print(f"{name:44}" + "".join(f"{row[column]:>8}" for column in columns))
        for (problem, owner), (count, most) in sorted(self.known.owners.items()):
            size = f", of {most} bytes at most" if most else ""
            print(f"known: {count:5} {PROBLEMS[problem]}, {owner}{size}")
        for problem, operation, point, text in self.found:
            text = in_short(text) if problem == "death" else text
            print(f"{problem}: {operation}, {point}: {text}")
        print(f"{time.monotonic() - self.started:.0f} s")
