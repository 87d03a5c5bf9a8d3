"""The jobs of a long run: asked for, looked at when they have ended, and judged in the end."""

import csv
import gzip
import hashlib
import io
import json
import random
import sys
import urllib.request
from collections import Counter
from typing import Any

import directories
from job_directories import MOST_ATTEMPTS, Directory

sys.path.insert(0, str(directories.ROOT))  # before this folder, whose names are its own

from usersvc.tests import serving

IMPORTED = 500  # people of each import: they fit in one transaction, so any file has all or none
DOMAIN = "@import.example"
NARROW = [{"name": name} for name in ("user_id", "email", "name")]
WIDE = [{"name": name} for name in ("email", "username", "status", "roles", "groups", "tags")]
# A few seconds: what takes longer than workers live would be given up, as it is to be.
LONG = [*WIDE, *({"name": f"user_metadata.key{number}"} for number in range(30))]
BODIES: list[dict[str, Any]] = [
    {"format": "csv", "fields": NARROW, "limit": 100},
    {"format": "csv", "fields": WIDE, "limit": 3_000},
    {"format": "csv", "fields": NARROW},
    {"format": "json", "limit": 1},
    {"format": "json", "limit": 1_000},
    {"format": "json", "fields": WIDE, "limit": 5_000},
    {"format": "json"},
]
FOUND = "SELECT id, kind, state, attempt, sha256 FROM exports_job WHERE finished_at IS NOT NULL"
UPLOADS = "SELECT count(*) FROM exports_job WHERE input_key <> ''"
KEYS = "SELECT file_key FROM exports_job WHERE file_key <> ''"
THERE = "SELECT count(*) FROM users_user WHERE email LIKE '%@import.example'"
CLEAN = """
from datetime import timedelta
from exports import files
from usersvc import clock
files.remove_abandoned(clock.now() + 2 * files.ABANDONED_AFTER)
"""


class Jobs:
    """What was asked for, and whatever is wrong with it, in faults."""

    def __init__(self, here: Directory) -> None:
        self.here = here
        self.faults: list[str] = []
        self._waiting: dict[str, dict[str, Any]] = {}
        self._attempts: dict[str, int] = {}
        self._ended: Counter[str] = Counter()
        self._people, self._told = 0, 0

    def __str__(self) -> str:
        again = sum(attempts > 1 for attempts in self._attempts.values())
        return (
            f"{self._ended['export']:,} exports with {self._people:,} people and"
            f" {self._ended['import']:,} imports ended, {again} begun again,"
            f" none more than {max(self._attempts.values(), default=0)} times,"
            f" {self.waiting} under way"
        )

    @property
    def waiting(self) -> int:
        """How many have not ended."""
        return len(self._waiting)

    def export(self, chance: random.Random) -> None:
        """Ask for an export of some size."""
        self._export(chance.choice(BODIES))

    def long_export(self) -> None:
        """Ask for an export that takes seconds."""
        self._export({"format": "json", "fields": LONG})

    def upload(self) -> None:
        """Ask for an import of people who are new."""
        self._waiting[self.here.upload(IMPORTED)] = {}

    def untold(self) -> list[str]:
        """Return the faults that were found since the last time."""
        before, self._told = self._told, len(self.faults)
        return self.faults[before:]

    def uploads(self) -> int:
        """Return how many uploaded files are kept."""
        [(count,)] = self.here.here.rows(UPLOADS)
        return int(count)

    def look(self) -> None:
        """Look at what has ended since the last time."""
        for job, kind, _, attempt, sha256 in self.here.here.rows(FOUND):
            if job not in self._waiting:
                continue
            body, told = self._waiting.pop(job), self.here.job(job)
            self._ended[kind], self._attempts[job] = self._ended[kind] + 1, attempt
            if attempt > MOST_ATTEMPTS:
                self.faults.append(f"{job} was begun {attempt} times")
            if told["status"] != "completed":
                self.faults.append(f"{job}, begun {attempt} times: {told.get('status_details')}")
            elif kind == "import":
                self._look_at_import(job, told)
            else:
                self._look_at_export(job, told, body, sha256)

    def judge(self, deaths: int) -> None:
        """Look at all that is there once nothing is under way."""
        ended = {job: state for job, _, state, _, _ in self.here.here.rows(FOUND)}
        if ended != dict.fromkeys(self._attempts, "done"):
            self.faults.append(f"of {len(self._attempts)} jobs not each is done: {ended}")
        again = sum(self._attempts.values()) - len(self._attempts)
        if not deaths // 2 <= again <= deaths:
            self.faults.append(f"{deaths} deaths let {again} attempts begin again")
        [(there,)] = self.here.here.rows(THERE)
        if there != IMPORTED * self._ended["import"]:
            self.faults.append(f"{there} people of {self._ended['import']} imports are there")
        self._judge_files(deaths)
        for words in (["verify_audit"], ["doctor"]):
            answer = serving.run(*words, **self.here.environment)
            if answer.returncode:
                self.faults.append(f"{words}: {answer.stdout} {answer.stderr}")

    def _export(self, body: dict[str, Any]) -> None:
        self._waiting[self.here.ask(**body)] = body

    def _look_at_import(self, job: str, told: dict[str, Any]) -> None:
        summary = told["summary"]
        if (summary["total"], summary["inserted"]) != (IMPORTED, IMPORTED):
            self.faults.append(f"{job}: {summary}")

    def _look_at_export(
        self, job: str, told: dict[str, Any], body: dict[str, Any], sha256: str
    ) -> None:
        data = urllib.request.urlopen(told["location"]).read()  # noqa: S310
        people = _people(gzip.decompress(data), body["format"])
        self._people += len(people)
        emails = {person["email"] for person in people}
        imported = Counter(email.partition(".")[0] for email in emails if email.endswith(DOMAIN))
        others = len(people) - imported.total()
        whole = (
            hashlib.sha256(data).hexdigest() == sha256
            and len(people) == len(emails) == told["summary"]["total"]
            and ("limit" in body or others == self.here.living)
            and len(people) == body.get("limit", len(people))
            and ("limit" in body or set(imported.values()) <= {IMPORTED})
        )
        if not whole:
            self.faults.append(f"{job}: {others} people, of imports {dict(imported)}: {body}")

    def _judge_files(self, deaths: int) -> None:
        """Compare the files there are with those that jobs have, before and after cleaning."""
        named = {key for (key,) in self.here.here.rows(KEYS)}
        if len(named) != self._ended["export"]:
            self.faults.append(f"{self._ended['export']} exports have {len(named)} files")
        nobodys = self._files() - named
        if len(nobodys) > deaths:
            self.faults.append(f"{deaths} deaths left {len(nobodys)} files of nobody")
        answer = serving.run("shell", "-c", CLEAN, **self.here.environment)
        if answer.returncode or self._files() != named:
            self.faults.append(f"cleaning left {self._files() ^ named}: {answer.stderr}")

    def _files(self) -> set[str]:
        folder = self.here.here.folder / "jobs"
        paths = (path for path in folder.glob("*/*") if path.is_file())
        return {str(path.relative_to(folder)) for path in paths}


def _people(data: bytes, file_format: str) -> list[dict[str, Any]]:
    """Return everybody in a file; ValueError for a line that is none."""
    text = data.decode()
    if file_format == "json":
        return [json.loads(line) for line in text.splitlines()]
    return list(csv.DictReader(io.StringIO(text, newline=""), strict=True))
