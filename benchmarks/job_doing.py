"""One database's answers about jobs, from inside Django: reads and writes lines of JSON."""
# ruff: noqa: T201  (its parent reads what it prints)

import json
import logging
import os
import sys
import time
from contextlib import closing
from pathlib import Path
from typing import Any

import django

sys.path[:0] = [str(Path(__file__).resolve().parent.parent), str(Path(__file__).resolve().parent)]
os.environ["DJANGO_SETTINGS_MODULE"] = "usersvc.settings"
django.setup()

from django.conf import settings  # noqa: E402

from exports import jobs  # noqa: E402
from exports.compression import gzipped  # noqa: E402
from exports.models import Job, State  # noqa: E402
from exports.worker import Worker  # noqa: E402
from users.api.jobs.serializers import spec_of  # noqa: E402
from users.job_exports import export_of  # noqa: E402
from users.models import User  # noqa: E402
from usersvc import clock  # noqa: E402

ROOT = "bench.root"
settings.JOBS_PER_CALLER = 100_000
logging.disable(logging.INFO)


def main() -> None:
    """Answer until there are no more questions."""
    for line in sys.stdin:
        question = json.loads(line)
        print(json.dumps(COMMANDS[question.pop("command")](**question)), flush=True)


def forget() -> dict[str, Any]:
    """Remove all jobs."""
    Job.objects.update(expires_at=clock.now())
    jobs.clean()
    return {}


def crowd(count: int) -> dict[str, Any]:
    """Let there be so many jobs that have ended."""
    at = clock.now()
    over = {"state": State.DONE, "finished_at": at, "attempt": 1, "kind": "export", "spec": {}}
    Job.objects.bulk_create(
        Job(owner=_root(), expires_at=at.replace(year=at.year + 1), **over) for _ in range(count)
    )
    return {}


def create(times: int) -> dict[str, Any]:
    """Return how long it takes to create a job, and remove those again."""
    root, made = _root(), []
    started = time.perf_counter()
    for _ in range(times):
        made.append(_enqueued(root, {"limit": 1}).pk)
    seconds = (time.perf_counter() - started) / times
    Job.objects.filter(pk__in=made).delete()
    return {"seconds": seconds}


def beat(times: int) -> dict[str, Any]:
    """Return how long it takes to renew a lease and write the progress down."""
    _enqueued(_root(), {"limit": 1})
    claimed = jobs.claim()
    assert claimed  # noqa: S101
    started = time.perf_counter()
    for rows in range(times):
        claimed.beat(rows, times)
    seconds = (time.perf_counter() - started) / times
    forget()
    return {"seconds": seconds}


def job(body: dict[str, Any]) -> dict[str, Any]:
    """Return how long a job takes, its file on the disk included."""
    asked = _enqueued(_root(), body)
    started = time.perf_counter()
    claimed = jobs.claim()
    assert claimed == asked  # noqa: S101
    jobs.run(claimed)
    seconds = time.perf_counter() - started
    asked.refresh_from_db()
    assert asked.state == State.DONE  # noqa: S101
    return {"seconds": seconds}


def download(body: dict[str, Any]) -> dict[str, Any]:
    """Return how long the same rows take as the same compressed file, written to nowhere."""
    export = export_of(_enqueued(_root(), body), _root())
    started = time.perf_counter()
    with closing(export.begin()) as running, Path(os.devnull).open("wb") as nowhere:
        for piece in gzipped(running):
            nowhere.write(piece)
    seconds = time.perf_counter() - started
    forget()
    return {"seconds": seconds}


def enqueue(count: int) -> dict[str, Any]:
    """Let so many small jobs wait."""
    for _ in range(count):
        _enqueued(_root(), {"limit": 1})
    return {}


def drain() -> dict[str, Any]:
    """Do jobs until none waits; return how many this worker did."""
    worker, done = Worker(), 0
    while worker.work_once():
        done += 1
    return {"done": done}


def attempts() -> dict[str, Any]:
    """Return how many jobs are done, and how often all of them together were begun."""
    counts = list(Job.objects.in_states([State.DONE]).values_list("attempt", flat=True))
    return {"done": len(counts), "attempts": sum(counts)}


def _root() -> User:
    found: User | None = User.objects.filter(username=ROOT).first()
    return found or User.objects.create_superuser(ROOT, f"{ROOT}@example.com")


def _enqueued(root: User, body: dict[str, Any]) -> Job:
    made: Job = Job.objects.enqueue(
        root, Job.Kind.EXPORT, clock.now(), spec=spec_of(body, None), request=body
    )
    return made


COMMANDS = {
    each.__name__: each
    for each in (forget, crowd, create, beat, job, download, enqueue, drain, attempts)
}

if __name__ == "__main__":
    main()
