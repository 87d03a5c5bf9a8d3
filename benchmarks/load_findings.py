"""What came of a time under load: a row for each kind of request, and whether it is bearable."""

import csv
import gzip
import math
import statistics
from collections import Counter
from collections.abc import Iterable, Iterator

from load_callers import Answer, Ledger
from load_questions import EVERYBODY_PACKED, FILES, PRINTED, SMALL, Questions

ALONE, BESIDE = "alone", "beside files"
MOST_RATIO = 5.0  # of the 99th percentile of small requests beside files to that without
ALL_SMALL = "small requests"
OWN_BOUND = "of yours"  # in the refusal of a caller that has as many files as may be

Row = tuple[str, str, bool]


def rows(ledger: Ledger, questions: Questions) -> Iterator[Row]:
    """Yield what was asked for, what became of it, and whether that is as it should be."""
    small = [answer for answer in ledger.answers if answer.kind in SMALL]
    yield _small(ALL_SMALL, small, MOST_RATIO)
    for kind in SMALL:
        yield _small(f"of these, {kind}", [answer for answer in small if answer.kind == kind])
    for kind in FILES:
        answers = [answer for answer in ledger.answers if answer.kind == kind]
        yield _file(kind, answers, ledger, questions)


def faults(ledger: Ledger) -> list[str]:
    """Return what is wrong with any of the answers."""
    return [answer.fault for answer in ledger.answers if answer.fault]


def _small(kind: str, answers: list[Answer], most: float = math.inf) -> Row:
    times = {phase: _seconds(answers, phase) for phase in (ALONE, BESIDE)}
    if not all(times.values()):
        return kind, f"{_statuses(answers)}: not enough to judge by", False
    ratio = _percentile(times[BESIDE], 99) / _percentile(times[ALONE], 99)
    told = "; ".join(f"{phase} {_told(times[phase])}" for phase in times)
    bound = "" if math.isinf(most) else f" (at most {most:.0f})"
    words = f"{told}: p99 {ratio:.1f} times as long{bound}; {_statuses(answers)}"
    passed = ratio <= most and not any(answer.fault for answer in answers)
    return kind, words, passed


def _file(kind: str, answers: list[Answer], ledger: Ledger, questions: Questions) -> Row:
    whole = [answer.seconds for answer in answers if answer.status == 200 and not answer.fault]
    refused = [answer for answer in answers if answer.status == 429]
    own = sum(OWN_BOUND in answer.words for answer in refused)
    people, found = questions.people[kind], _people(kind, ledger)
    passed = bool(whole) and not any(answer.fault for answer in answers) and found <= {people}
    told = f"{_told(whole)}; {_statuses(answers)}"
    if refused:
        told += f"; {own} of the 429 for the bound of one caller"
    return f"{kind} of {people:,} people", told, passed


def _people(kind: str, ledger: Ledger) -> set[int]:
    """Return how many people the files of a kind have: the lines of all follow the first one's."""
    path = ledger.folder / f"sample.{kind.replace(' ', '-')}"
    if kind == PRINTED or not path.exists():
        return set()
    opened = gzip.open if kind == EVERYBODY_PACKED else open
    with opened(path, "rt", newline="") as file:
        people = sum(1 for _ in csv.reader(file, strict=True)) - 1
    lines = ledger.lines.get(kind, set())
    return {people} if len(lines) <= 1 else {people, -1}


def _seconds(answers: Iterable[Answer], phase: str) -> list[float]:
    return [answer.seconds for answer in answers if answer.phase == phase and answer.status == 200]


def _told(seconds: list[float]) -> str:
    if not seconds:
        return "0"
    middle, last = (_percentile(seconds, part) for part in (50, 99))
    return f"{len(seconds):,}, p50 {_time(middle)}, p99 {_time(last)}"


def _percentile(seconds: list[float], part: int) -> float:
    if len(seconds) < 2:
        return seconds[0]
    return statistics.quantiles(seconds, n=100, method="inclusive")[part - 1]


def _time(seconds: float) -> str:
    return f"{seconds:.1f} s" if seconds >= 1 else f"{seconds * 1000:.0f} ms"


def _statuses(answers: Iterable[Answer]) -> str:
    counts = Counter(answer.status for answer in answers)
    return ", ".join(f"{count:,} × {status}" for status, count in sorted(counts.items()))
