"""`make bench`: PDFs of a large directory against those of a small one, and against a browser's.

The browser is headless Chromium, which prints the same rows as an HTML table with the same style.
Every gate is a ratio inside one round, so that a busy machine slows both sides, or an amount of
memory. The directories and the page stay in var/bench/.
"""
# ruff: noqa: S603  (it runs our own commands)

import argparse
import subprocess
import sys
from contextlib import ExitStack, closing

import directories
import foreground
import results
from child import Child

PAGE = directories.FOLDER / "pdf.html"
# What is measured, the most that it may be, and its unit.
GATES = {
    "CPU of many / CPU of few": (12.0, "×"),
    "CPU of a row / CPU of a row in Chromium": (2.0, "×"),
    "wall of many / its CPU": (0.6, "×"),
    "the largest render process": (300.0, " MB"),
}


def main() -> int:
    """Measure, print and write everything; return 1 when a gate is missed."""
    options = _options()
    with ExitStack() as stack:
        address = stack.enter_context(directories.addresses("SQLite", None))
        for people in (options.few, options.many):
            directories.fill(people, address(people))
        many = directories.environment(address(options.many))
        # A process of its own writes the page: what that takes is no memory of an export's.
        with closing(Child("printing.py", many)) as writer:
            writer.ask({"page": str(PAGE)})
        few = directories.environment(address(options.few))
        small, large = (
            stack.enter_context(closing(Child("printing.py", each))) for each in (few, many)
        )
        rounds = [_round(small, large, options.browser) for _ in range(options.rounds)]
    found = [_result(name, [each[name] for each in rounds]) for name in rounds[0]]
    for result in found:
        results.show(result)
    results.keep(directories.FOLDER / "pdf.json", found, rounds=rounds)
    return int(results.missed(found))


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--few", type=int, default=1_000, help="people in the small directory")
    parser.add_argument("--many", type=int, default=10_000, help="people in the large one")
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--no-browser", dest="browser", action="store_false")
    return parser.parse_args()


def _round(few: Child, many: Child, browser: bool) -> dict[str, float]:
    """Return what one round measured, by name."""
    small, large = few.ask({}), many.ask({})
    found = {
        "CPU of many / CPU of few": large["cpu"] / small["cpu"],
        "wall of many / its CPU": large["wall"] / large["cpu"],
        "the largest render process": max(small["render_mb"], large["render_mb"]),
        "the process that asks, of many": large["own_mb"],
        "the process that asks, of few": small["own_mb"],
        "CPU of a row": large["cpu"] / large["rows"] * 1000,
    }
    if browser:
        command = [sys.executable, "benchmarks/chromium.py", str(PAGE)]
        printed = subprocess.run(
            command, cwd=directories.ROOT, check=True, capture_output=True, text=True
        )
        theirs = float(printed.stdout.split()[0])
        found["CPU of a row in Chromium"] = theirs / large["rows"] * 1000
        found["CPU of a row / CPU of a row in Chromium"] = large["cpu"] / theirs
    return found


def _result(name: str, values: list[float]) -> results.Result:
    gate, unit = GATES.get(name, (None, " ms" if name.startswith("CPU") else " MB"))
    result = results.value("PDF", name, values, gate, unit)
    if name.startswith("wall") and gate is not None:
        # Others on the machine lengthen the wall only: its quietest round is nearest to the truth.
        result.value, result.passed = result.least, result.least <= gate
    return result


if __name__ == "__main__":
    foreground.start(main)
