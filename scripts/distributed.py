"""`make run-distributed`: as `make run`, with PostgreSQL, and a pool of Celery over Redis.

DATABASE_URL and REDIS_URL name servers of one's own; those it starts itself forget everything.
"""

import os
from contextlib import ExitStack

import foreground
import postgres
import prepare
import redis_server
import run

POOL = "2"


def main() -> int:
    """Serve; return the exit code."""
    os.chdir(prepare.ROOT)
    prepare.prepare_to_distribute()
    environment = run.environment()
    environment["USERSVC_JOB_QUEUE"] = "celery"
    environment.setdefault("USERSVC_WORKERS", POOL)
    with ExitStack() as servers:
        if not environment.get("DATABASE_URL"):
            environment["DATABASE_URL"] = servers.enter_context(postgres.throwaway())
        if not environment.get("REDIS_URL"):
            environment["REDIS_URL"] = servers.enter_context(redis_server.throwaway()).address
        command = [str(prepare.PYTHON), "manage.py", "serve"]
        return foreground.run(command, environment, hold_signals=True)


if __name__ == "__main__":
    foreground.start(main)
