"""What a load found: which answers came, what was written, and when all was well again."""
# ruff: noqa: S608  (the words of its statements are our own)

import statistics
import sys
from collections import Counter
from collections.abc import Collection, Iterable

from job_directories import Directory
from outage_load import CUT_OFF, WRITTEN, Answer, Load

THERE = f"SELECT username FROM users_user WHERE username LIKE '{WRITTEN}%'"
ENTRIES = (  # SQLite keeps ids without dashes
    "SELECT count(*) FROM users_auditentry WHERE action = 0 AND REPLACE(object_pk, '-', '') IN"
    " (SELECT REPLACE(CAST(id AS text), '-', '') FROM users_user"
    f" WHERE username LIKE '{WRITTEN}%')"
)
EXPORTS = (
    "SELECT count(*) FROM users_auditentry WHERE event = 'export'"
    " AND additional_data ->> 'outcome' = '{}'"
)
MOST_SHOWN = 10


def wrong(answers: Iterable[Answer], allowed: Collection[int] = (), cut: bool = False) -> list[str]:
    """Return a line for each answer that is neither good nor allowed, and show the first ones.

    cut: files may be cut off, visibly.
    """
    found = [
        f"{each.kind}: {each.status} {each.note} after {each.seconds:.1f} s"
        for each in answers
        if not (
            each.is_good
            or (each.status in allowed and not each.note)
            or (cut and each.note == CUT_OFF)
        )
    ]
    for line in found[:MOST_SHOWN]:
        sys.stderr.write(f"  {line}\n")
    return found


def written_once(here: Directory, load: Load) -> tuple[bool, str]:
    """Tell whether all that was answered as written is there, once, with one entry each."""
    there = Counter(name for (name,) in here.here.rows(THERE))
    tried, written = set(load.tried), set(load.written)
    mine = {name: count for name, count in there.items() if name in tried}
    [(entries,)] = here.here.rows(ENTRIES)
    lost = written - set(mine)
    once = all(count == 1 for count in mine.values()) and entries == sum(there.values())
    if lost or not once:
        sys.stderr.write(f"  lost: {sorted(lost)[:3]}; {entries} entries of {len(there)}\n")
    words = f"{len(written):,} people answered as written and there once"
    return not lost and once and len(written) > 0, words


def counted(answers: Iterable[Answer]) -> str:
    """Return how many answers there were by status, and what the slowest took, in words."""
    answers = list(answers)
    statuses = Counter(
        f"cut off {each.status}" if each.note == CUT_OFF else str(each.status) for each in answers
    )
    told = ", ".join(f"{count:,} of {status}" for status, count in sorted(statuses.items()))
    slowest = max((each.seconds for each in answers), default=0.0)
    return f"{told}; the slowest {slowest:.1f} s"


def well_again(answers: Iterable[Answer], since: float) -> float:
    """Return how many seconds after an instant the last answer was begun that was no good one."""
    late = [each.begun - since for each in answers if not each.is_good]
    return max([0.0, *late])


def median(seconds: list[float]) -> float:
    """Return the median of some times; nothing where there are none."""
    return statistics.median(seconds) if seconds else 0.0


def audited(here: Directory, outcome: str) -> int:
    """Return how many files the audit tells of as ended in a way."""
    [(count,)] = here.here.rows(EXPORTS.format(outcome))
    return int(count)
