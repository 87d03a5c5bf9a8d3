"""`make bench`: what a job costs beside the download of the same rows, on both databases."""

import directories
import foreground
import results
from child import Child

CSV = {"format": "csv", "fields": [{"name": name} for name in ("user_id", "email", "name")]}
BODIES = {"csv of three fields": CSV, "json of the default fields": {}}
CROWD, CREATED = 10_000, 200
SMALL_JOBS, WORKERS = 200, 4
BEAT, BEATS = 2.0, 200
MOST_FOR_A_CROWD, MOST_OF_A_DOWNLOAD, MOST_FOR_PROGRESS = 1.5, 1.15, 1.0


def main() -> int:
    """Measure, print and write; return 1 when a gate was missed."""
    options = directories.options(__doc__, rounds=7)
    options.add_argument("--people", type=int, default=100_000)
    options = options.parse_args()
    found: list[results.Result] = []
    for database in options.databases:
        with directories.addresses(database, options.postgres) as address:
            where = address(options.people)
            directories.fill(options.people, where)
            workers = [
                Child("job_doing.py", directories.environment(where)) for _ in range(WORKERS)
            ]
            try:
                found += _of_one(database, workers, options.rounds)
            finally:
                for worker in workers:
                    worker.close()
    results.keep(directories.FOLDER / "jobs.json", found)
    return int(results.missed(found))


def _of_one(database: str, workers: list[Child], rounds: int) -> list[results.Result]:
    asked = workers[0]
    asked.ask({"command": "forget"})
    found = [_creation(database, asked, rounds), _progress(database, asked, rounds)]
    for name, body in BODIES.items():
        found.append(_job(database, asked, rounds, name, body))
    found.append(_drained(database, workers))
    asked.ask({"command": "forget"})
    return found


def _shown(result: results.Result) -> results.Result:
    results.show(result)
    return result


def _creation(database: str, child: Child, rounds: int) -> results.Result:
    """Compare creating a job beside many with creating one beside none."""
    question = {"command": "create", "times": CREATED}
    alone = [child.ask(question)["seconds"] for _ in range(rounds)]
    child.ask({"command": "crowd", "count": CROWD})
    crowded = [child.ask(question)["seconds"] for _ in range(rounds)]
    child.ask({"command": "forget"})
    name = f"create a job: {CROWD:,} in the table against none"
    times = list(zip(crowded, alone, strict=True))
    return _shown(results.ratio(database, name, times, MOST_FOR_A_CROWD))


def _progress(database: str, child: Child, rounds: int) -> results.Result:
    """Tell which part of the time between two of them a beat takes."""
    question = {"command": "beat", "times": BEATS}
    shares = [100 * child.ask(question)["seconds"] / BEAT for _ in range(rounds)]
    name = f"progress: of the {BEAT:g} s between two beats, one takes"
    return _shown(results.value(database, name, shares, MOST_FOR_PROGRESS, "%"))


def _job(
    database: str, child: Child, rounds: int, name: str, body: dict[str, object]
) -> results.Result:
    """Compare a job with a download of the same rows, compressed, too."""
    times = []
    for _ in range(rounds):
        ours = child.ask({"command": "job", "body": body})["seconds"]
        times.append((ours, child.ask({"command": "download", "body": body})["seconds"]))
    name = f"job against download, {name}"
    return _shown(results.ratio(database, name, times, MOST_OF_A_DOWNLOAD))


def _drained(database: str, workers: list[Child]) -> results.Result:
    """Let workers drain small jobs together: none is begun twice."""
    workers[0].ask({"command": "enqueue", "count": SMALL_JOBS})
    for worker in workers:
        worker.put({"command": "drain"})
    for worker in workers:
        worker.read()
    counted = workers[0].ask({"command": "attempts"})
    times = counted["attempts"] / max(counted["done"], 1) if counted["done"] == SMALL_JOBS else 9.0
    name = f"{SMALL_JOBS} small jobs by {WORKERS} workers: begun, each"
    return _shown(results.value(database, name, [times], 1.0, "×"))


if __name__ == "__main__":
    foreground.start(main)
