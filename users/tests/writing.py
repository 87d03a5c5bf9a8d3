"""A writer's process: carries out the plan in the first line it reads, until there are no more.

A further line is a number of commits: it is answered once they have been tried.
"""
# ruff: noqa: T201  (its parent reads what it prints)

import json
import os
import select
import time

import django

os.environ["DJANGO_SETTINGS_MODULE"] = "usersvc.settings"
django.setup()

from django.db import Error, transaction  # noqa: E402

from users.tests.pairing import write  # noqa: E402
from users.tests.pairs import PAIRS, Plan  # noqa: E402


def main():
    # Unbuffered: what has been read ahead would not wake select.
    with open(0, "rb", buffering=0) as orders:
        plan = Plan(**json.loads(orders.readline()))
        commits, until, due, failure = 0, 0, time.monotonic(), None
        while failure is None:
            if select.select([orders], [], [], max(due - time.monotonic(), 0))[0]:
                if not (line := orders.readline()):
                    break
                until = commits + int(line)
                continue
            started = time.monotonic()
            failure = commit(plan, PAIRS + commits)
            # As long a pause as the write took: SQLite's lock has no queue, and the other waits.
            due = max(due + 1 / plan.per_second, 2 * time.monotonic() - started)
            commits += failure is None
            if failure is None and commits == until:
                print(commits, flush=True)
    print(json.dumps({"commits": commits, "error": failure}), flush=True)


def commit(plan, number):
    """Write once; return what went wrong, if anything did."""
    try:
        with transaction.atomic():
            write(plan, number)
    except Error as error:
        return str(error)
    return None


if __name__ == "__main__":
    main()
