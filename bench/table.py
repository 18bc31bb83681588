"""Makes a table of the results and their goals."""

import math


def title(row: dict) -> str:
    statement, beside = (row[key].replace("\n", "; ") for key in ("statement", "beside"))
    return statement if beside == "stdlib" else f"{statement}, beside {beside}"


def goals(row: dict) -> list[tuple[str, bool]]:
    """Returns the goals of a row, each with true if it is missed."""
    found = []
    if row["goal"] is not None:
        found.append((f"{row['goal']:.2f}", row["ratio"] > row["goal"]))
    if row["floor"]:
        rate = row["size"] / row["our_fastest"]
        found.append((f"{row['floor']} GB/s", rate < row["floor"]))
    return found


def table(results: list[dict]) -> list[str]:
    """Returns Markdown: a line for each row, and how many miss their goals."""
    if not results:
        return ["No such rows."]
    theirs = "stdlib" if results[0]["beside"] == "stdlib" else "its"
    lines = [
        f"| | {theirs} ns | ironmap ns | ratio | quartiles | by the fastest "
        f"| {theirs} GB/s | GB/s | goal |",
        "|---|---:|---:|---:|---:|---:|---:|---:|---:|",
    ]
    lines += [line(row) for row in results]
    missing = sum(any(missed for _, missed in goals(row)) for row in results)
    worst = max(results, key=lambda row: row["ratio"])
    lines += [
        "",
        f"{missing} of {len(results)} rows miss their goal. "
        f"The highest ratio is {worst['ratio']:.2f}: `{title(worst)}`.",
    ]
    return lines


def line(row: dict) -> str:
    rates = [
        f"{row['size'] / row[which]:.1f}" if row["size"] else ""
        for which in ("their_fastest", "our_fastest")
    ]
    low, high = row["spread"]
    cells = [
        f"`{title(row).replace('|', chr(92) + '|')}`",
        f"{row['theirs']:,.1f}",
        f"{row['ours']:,.1f}",
        f"{row['ratio']:.2f}",
        f"{low:.2f} to {high:.2f}",
        f"{row['our_fastest'] / row['their_fastest']:.2f}",
        *rates,
        ", ".join(goal + " **missed**" * missed for goal, missed in goals(row)),
    ]
    return f"| {' | '.join(cells)} |"


def mean_of_small(results: list[dict]) -> list[str]:
    small = [row["ratio"] for row in results if not row["size"]]
    if not small:
        return []
    mean = math.exp(sum(map(math.log, small)) / len(small))
    return ["", f"Geometric mean of the {len(small)} small rows: {mean:.2f} (goal 0.70)."]
