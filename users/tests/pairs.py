"""Pairs of people who are changed together, by which a file shows whether it is of one instant.

Each writer has pairs of its own and goes round them. Its nth commit gives both of a pair the phone
number n, and one of them the left tag and the other the right one, the other way round each time.
So at any instant the numbers of a writer's pairs follow each other without a gap.

Nothing here needs Django: pairing.py is what writes.
"""

import json
import subprocess
import sys
from dataclasses import dataclass

from usersvc.tests.serving import ROOT

# Odd, so that who has which tag changes from round to round.
PAIRS = 25
LEFT, RIGHT = "pair left", "pair right"


@dataclass
class Plan:
    """What one writer writes: pairs of (id, username), the tags' ids, commits a second at most."""

    pairs: list[list[list[str]]]
    left: str
    right: str
    per_second: int


def tears(rows, plan):
    """Return what shows that the rows, dictionaries of the download's, are of several instants."""
    by_name = {row["userid"]: row for row in rows}
    found, numbers = [], []
    for (_, first), (_, second) in plan.pairs:
        number = int(by_name[first]["phone"])
        numbers.append(number)
        if by_name[second]["phone"] != str(number):
            found.append(f"{first} has {number}, {second} {by_name[second]['phone']}")
        names = [LEFT, RIGHT] if number % 2 == 0 else [RIGHT, LEFT]
        for username, name in zip((first, second), names, strict=True):
            tags = [tag for tag in by_name[username]["tags"].split(";") if tag in (LEFT, RIGHT)]
            if tags != [name]:
                found.append(f"{username} has {number}, but is marked {tags}")
    if max(numbers) - min(numbers) != len(numbers) - 1:
        found.append(f"the numbers are from {min(numbers)} to {max(numbers)}")
    return found


class Writer:
    """A process that carries a plan out until it is stopped, or meets an error."""

    def __init__(self, plan, environment):
        self.process = subprocess.Popen(
            [sys.executable, "-m", "users.tests.writing"],
            cwd=ROOT,
            env=environment,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
        )
        self._say(json.dumps(vars(plan)))

    def go_round(self):
        """Return once the writer has made so many commits, from now on, as it has pairs."""
        self._say(str(PAIRS))
        answer = self.process.stdout.readline().strip()
        assert answer.isdigit(), answer or "the writer has died"

    def stop(self):
        """Return how many commits there were, and the error that ended them, if one did."""
        rest, _ = self.process.communicate()
        return json.loads(rest)

    def __enter__(self):
        return self

    def __exit__(self, *_):
        if self.process.poll() is None:
            self.process.kill()
            self.process.communicate()

    def _say(self, line):
        self.process.stdin.write(line + "\n")
        self.process.stdin.flush()
