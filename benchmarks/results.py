"""What a benchmark found, against what it is to reach."""
# ruff: noqa: T201  (it talks to a terminal)

import json
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from statistics import median


@dataclass
class Result:
    """A value over all rounds: the one in the middle, its spread, and what it is to be.

    Of a ratio, ours and theirs are what both sides took, in seconds, in the middle.
    """

    database: str
    name: str
    value: float
    least: float
    most: float
    unit: str
    gate: str
    passed: bool | None
    ours: float | None = None
    theirs: float | None = None


def ratio(
    database: str,
    name: str,
    times: Sequence[tuple[float, float]],
    gate: float | None,
    at_least: bool = False,
) -> Result:
    """Return the ratios of rounds of (our seconds, their seconds).

    at_least is for how many times faster we are, its opposite for what we take of their time.
    """
    ratios = [theirs / ours if at_least else ours / theirs for ours, theirs in times]
    result = value(database, name, ratios, gate, "×", at_least=at_least)
    result.ours = median(ours for ours, _ in times)
    result.theirs = median(theirs for _, theirs in times)
    return result


def value(
    database: str,
    name: str,
    values: Sequence[float],
    gate: float | None,
    unit: str,
    at_least: bool = False,
) -> Result:
    """Return what was measured in itself, in some unit."""
    middle = median(values)
    passed = None if gate is None else (middle >= gate if at_least else middle <= gate)
    return Result(
        database=database,
        name=name,
        value=round(middle, 3),
        least=round(min(values), 3),
        most=round(max(values), 3),
        unit=unit,
        gate="none" if gate is None else f"{'≥' if at_least else '≤'} {gate:g}{unit}",
        passed=passed,
    )


def show(result: Result) -> None:
    """Print a result as a line."""
    verdict = {None: "", True: "pass", False: "FAIL"}[result.passed]
    sides = ""
    if result.ours is not None and result.theirs is not None:
        sides = f"{_time(result.ours)} | {_time(result.theirs)}"
    print(
        f"{result.database:<10} {result.name:<62} {result.value:8.2f}{result.unit}"
        f" ({result.least:.2f}–{result.most:.2f})  gate {result.gate:<9} {verdict:<4} {sides}",
        flush=True,
    )


def missed(results: Sequence[Result]) -> bool:
    """Return whether any gate was."""
    return any(result.passed is False for result in results)


def keep(file: Path, results: Sequence[Result], **more: object) -> None:
    """Write the results to a file, and whatever else was found."""
    found = {"results": [asdict(result) for result in results], **more}
    file.write_text(json.dumps(found, indent=1, ensure_ascii=False) + "\n")


def _time(seconds: float) -> str:
    return f"{seconds:9.3f} s" if seconds >= 1 else f"{seconds * 1000:8.3f} ms"
