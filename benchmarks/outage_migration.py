"""Tables change while they are read and written: a column and an index, by a second version."""
# ruff: noqa: S603  (it runs our own commands)

import subprocess
import sys
import time

import directories
from job_directories import Directory
from outage_findings import counted, written_once, wrong
from outage_load import Load

sys.path.insert(0, str(directories.ROOT))  # before this folder, whose names are its own

from usersvc.tests.reading import Reader

BEFORE, AFTER = 4.0, 4.0  # seconds
MOST_SECONDS = 10.0  # that a write may wait
MOST_TRIES = 60
# What AddField and AddIndex do, in the one transaction of a migration.
MIGRATION = """
from django.db import connection, models
from users.models import User
field = models.CharField(max_length=40, null=True)
User.add_to_class("outage", field)
index = models.Index(fields=["outage", "email"], name="outage_index")
with connection.schema_editor() as editor:
    {statements}
"""
FORWARD = "editor.add_field(User, field); editor.add_index(User, index)"
BACK = "editor.remove_index(User, index); editor.remove_field(User, field)"
# Nobody waits behind a migration that itself waits for a long file.
IMPATIENT = "-c lock_timeout=1s"


def migrated(here: Directory) -> tuple[bool, str]:
    """a column and an index of the table of people come, and go, under load and a slow file"""
    with here.worker(), Load(here) as load:
        time.sleep(BEFORE)
        job = here.ask()
        reader = Reader(here.service, here.token)
        reader.begin()  # and holds the table until it is cut off
        begun = time.monotonic()
        tries = [_migrate(here, FORWARD), _migrate(here, BACK)]
        ended = time.monotonic()
        reader.close()
        told = here.until(job, "completed", "failed")
        time.sleep(AFTER)
    answers = load.answers
    once, written = written_once(here, load)
    writes = [each.seconds for each in answers if each.kind.startswith("write")]
    longest = max(writes, default=MOST_SECONDS)
    passed = once and not wrong(answers, allowed=(429,)) and longest < MOST_SECONDS
    words = (
        f"done within {ended - begun:.0f} s at tries {tries[0]} and {tries[1]}; meanwhile"
        f" {counted(answers)}; the longest write {longest:.1f} s; {written};"
        f" a job: {told['status']}"
    )
    return passed and told["status"] == "completed", words


def _migrate(here: Directory, statements: str) -> int:
    """Run a migration until it gets its lock; return how often that was tried."""
    environment = {**here.environment, "PGOPTIONS": IMPATIENT}
    command = ["manage.py", "shell", "-v", "0", "-c", MIGRATION.format(statements=statements)]
    for number in range(1, MOST_TRIES + 1):
        done = subprocess.run(
            [sys.executable, *command],
            cwd=directories.ROOT,
            env=environment,
            capture_output=True,
            text=True,
            check=False,
        )
        if not done.returncode:
            return number
        if "lock timeout" not in done.stderr:
            sys.exit(f"the migration failed:\n{done.stderr}")
    sys.exit("the migration never got its lock")
