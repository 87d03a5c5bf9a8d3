"""A PostgreSQL cluster of our own, made of Debian's binaries and gone afterwards."""
# ruff: noqa: S603  (it runs PostgreSQL's own commands)

import os
import shutil
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from tempfile import TemporaryDirectory

# An order of its own, as clusters have: what must not depend on it shows.
LOCALE = ["--locale=C.UTF-8", "--locale-provider=icu", "--icu-locale=en-US"]
# Nothing in it outlives the run, so nothing needs to reach the disk.
OPTIONS = "-c listen_addresses= -c fsync=off -c full_page_writes=off -c synchronous_commit=off"


@contextmanager
def throwaway(options: str = OPTIONS) -> Iterator[str]:
    """Run a cluster for the time of the block, and give the address of its first database."""
    with TemporaryDirectory(prefix="usersvc-pg-", dir="/tmp") as folder:
        if os.geteuid() == 0:  # PostgreSQL refuses to run as root
            shutil.chown(folder, "postgres", "postgres")
        data, log = f"{folder}/data", f"{folder}/log"
        initdb = ["--auth=trust", "--username=postgres", "--encoding=UTF8", *LOCALE]
        call("initdb", folder, "-D", data, "--no-sync", *initdb)
        try:
            call(
                "pg_ctl",
                folder,
                "-D",
                data,
                "-l",
                log,
                "-w",
                "-o",
                f"{options} -k {folder}",
                "start",
            )
            yield f"postgresql://postgres@/postgres?host={folder}"
        finally:
            call("pg_ctl", folder, "-D", data, "-w", "-m", "immediate", "stop", check=False)


def call(name: str, folder: str, *arguments: str, check: bool = True) -> None:
    """Run a command of PostgreSQL's, as the user postgres when we are root."""
    owner = {"user": "postgres", "group": "postgres", "extra_groups": []}
    answer = subprocess.run(
        [_binary(name), *arguments],
        cwd=folder,
        env={"PATH": os.environ["PATH"], "PGUSER": "postgres"},
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        check=False,
        start_new_session=True,  # Ctrl-C is for us: we stop the cluster in order
        **(owner if os.geteuid() == 0 else {}),  # type: ignore[arg-type]
    )
    if check and answer.returncode:
        sys.exit(f"{name} failed: {answer.stdout.strip()}")


def _binary(name: str) -> str:
    """Return the newest of Debian's versions of a command."""
    found = sorted(
        Path("/usr/lib/postgresql").glob(f"*/bin/{name}"), key=lambda path: float(path.parts[4])
    )
    if not found:
        sys.exit(f"PostgreSQL's {name} is missing: apt-get install postgresql")
    return str(found[-1])
