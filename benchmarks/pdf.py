"""`make bench`: PDFs of a large directory against those of a small one, and against a browser's.

The browser is headless Chromium, which prints the same rows as an HTML table with the same style.
Every gate is a ratio inside one round, so that a busy machine slows both sides, or an amount of
memory. The directories and the page stay in var/bench/.
"""
# ruff: noqa: S603, T201  (it runs our own commands and talks to a terminal)

import argparse
import json
import os
import subprocess
import sys
from dataclasses import asdict, dataclass
from pathlib import Path
from statistics import median
from typing import Any

import foreground

ROOT = Path(__file__).resolve().parent.parent
FOLDER = ROOT / "var" / "bench"
PAGE = FOLDER / "pdf.html"
# What is measured, the most that it may be, and its unit.
GATES = {
    "CPU of many / CPU of few": (12.0, "×"),
    "CPU of a row / CPU of a row in Chromium": (2.0, "×"),
    "wall of many / its CPU": (0.6, "×"),
    "the largest render process": (300.0, " MB"),
}


@dataclass
class Result:
    """What was measured in all rounds: the middle, or the least of wall times, and the spread."""

    name: str
    value: float
    least: float
    most: float
    unit: str
    gate: str
    passed: bool | None
    rounds: list[float]


class Directory:
    """A directory of so many people, and the process that prints it."""

    def __init__(self, people: int) -> None:
        environment = {
            **os.environ,
            "USERSVC_DATA": str(FOLDER),
            "DATABASE_URL": f"sqlite:///{FOLDER}/lists-{people}.sqlite3",
        }
        for command in (["migrate", "-v", "0"], ["seed_users", str(people)]):
            subprocess.run(
                [sys.executable, "manage.py", *command],
                cwd=ROOT,
                env=environment,
                check=True,
                stdout=subprocess.DEVNULL,
            )
        self._process = subprocess.Popen(
            [sys.executable, "benchmarks/printing.py"],
            cwd=ROOT,
            env=environment,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
        )

    def ask(self, line: str = "") -> dict[str, Any]:
        """Return what an export takes; with a path, write the page there instead."""
        assert self._process.stdin  # noqa: S101
        assert self._process.stdout  # noqa: S101
        self._process.stdin.write(line + "\n")
        self._process.stdin.flush()
        answer = self._process.stdout.readline()
        return json.loads(answer) if answer else sys.exit("A benchmark's process has ended.")

    def close(self) -> None:
        """End the process."""
        assert self._process.stdin  # noqa: S101
        self._process.stdin.close()
        self._process.wait()


def main() -> int:
    """Measure, print and write everything; return 1 when a gate is missed."""
    options = _options()
    FOLDER.mkdir(parents=True, exist_ok=True)
    # A process of its own writes the page: what that takes is no memory of an export's.
    writer = Directory(options.many)
    writer.ask(str(PAGE))
    writer.close()
    few, many = Directory(options.few), Directory(options.many)
    try:
        rounds = [_round(few, many, options.browser) for _ in range(options.rounds)]
    finally:
        few.close()
        many.close()
    results = [_result(name, [each[name] for each in rounds]) for name in rounds[0]]
    for result in results:
        _print(result)
    (FOLDER / "pdf.json").write_text(json.dumps([asdict(it) for it in results], indent=1) + "\n")
    return int(any(result.passed is False for result in results))


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--few", type=int, default=1_000, help="people in the small directory")
    parser.add_argument("--many", type=int, default=10_000, help="people in the large one")
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--no-browser", dest="browser", action="store_false")
    return parser.parse_args()


def _round(few: Directory, many: Directory, browser: bool) -> dict[str, float]:
    """Return what one round measured, by name."""
    small, large = few.ask(), many.ask()
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
        printed = subprocess.run(command, cwd=ROOT, check=True, capture_output=True, text=True)
        theirs = float(printed.stdout.split()[0])
        found["CPU of a row in Chromium"] = theirs / large["rows"] * 1000
        found["CPU of a row / CPU of a row in Chromium"] = large["cpu"] / theirs
    return found


def _result(name: str, values: list[float]) -> Result:
    # Others on the machine lengthen the wall only: its quietest round is nearest to the truth.
    value = min(values) if name.startswith("wall") else median(values)
    gate, unit = GATES.get(name, (None, " ms" if name.startswith("CPU") else " MB"))
    return Result(
        name=name,
        value=round(value, 2),
        least=round(min(values), 2),
        most=round(max(values), 2),
        unit=unit.strip(),
        gate="none" if gate is None else f"≤ {gate:g}{unit}",
        passed=None if gate is None else value <= gate,
        rounds=[round(each, 3) for each in values],
    )


def _print(result: Result) -> None:
    verdict = {None: "", True: "pass", False: "FAIL"}[result.passed]
    print(
        f"{result.name:<42} {result.value:8.2f} {result.unit:<2}"
        f" ({result.least:.2f}–{result.most:.2f})  gate {result.gate:<9} {verdict}",
        flush=True,
    )


if __name__ == "__main__":
    foreground.start(main)
