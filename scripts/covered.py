"""How much of users and exports the suite runs, and the floor below which that may not fall."""
# ruff: noqa: T201  (it talks to a terminal)

import json
from pathlib import Path
from typing import Any

FLOOR = 95.0  # percent of the branches
PACKAGES = ("users", "exports")
# What has code of its own for another database.
AGAIN = ("exports", "users/search", "users/seeding")
WORST = 10  # files that are named where the floor is missed


def watched(report: Path, packages: tuple[str, ...]) -> list[str]:
    """Return the words that go before `-m pytest` to have a report of what it runs of packages."""
    branches = ["--branch", "--source", ",".join(packages), "--omit", "*/tests/*,*/migrations/*"]
    options = [*branches, "--json", "--out", str(report)]
    # It says that the branches of tests themselves are not watched; nobody asks for those.
    return ["-W", "ignore::RuntimeWarning", "-m", "slipcover", *options]


def is_enough(reports: list[Path]) -> bool:
    """Print the share of branches that ran in any of the passes; tell whether it is enough."""
    missed: dict[str, int] = {}
    enough = True
    for package in PACKAGES:
        ran, missing = _branches(package, [json.loads(each.read_text()) for each in reports])
        share = 100 * len(ran) / (len(ran) + len(missing))
        enough = enough and share >= FLOOR
        print(f"== {package}: {share:.1f} % of the branches ran (at least {FLOOR:.0f} %)")
        for file, *_ in missing:
            missed[file] = missed.get(file, 0) + 1
    if not enough:
        for file in sorted(missed, key=lambda name: -missed[name])[:WORST]:
            print(f"   {file}: {missed[file]} branches did not run")
    return enough


def _branches(package: str, reports: list[dict[str, Any]]) -> tuple[set[Any], set[Any]]:
    """Return the branches of a package that ran, and those that did not, as (file, from, to)."""
    ran, missing = set(), set()
    for report in reports:
        for file, told in report["files"].items():
            if file.startswith(f"{package}/"):
                ran |= {(file, *branch) for branch in told["executed_branches"]}
                missing |= {(file, *branch) for branch in told["missing_branches"]}
    return ran, missing - ran
