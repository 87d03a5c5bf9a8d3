"""Files of jobs: written whole or not at all, kept under names that nobody guesses, and linked."""

import hashlib
import os
import secrets
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path
from tempfile import NamedTemporaryFile
from typing import Any, BinaryIO

from django.conf import settings
from django.core import signing
from django.core.files import File
from django.core.files.storage import Storage, storages
from django.urls import reverse

from usersvc import clock

from .models import Job, State

SALT = "exports.files"
DRAFTS = ".drafts"
# An unnamed file that nobody has written to for so long is nobody's work any more.
ABANDONED_AFTER = timedelta(hours=1)


@dataclass
class Draft:
    """A file being written: how much it has, and the digest of that."""

    file: BinaryIO
    size: int = 0

    def __post_init__(self) -> None:
        self._digest = hashlib.sha256()

    @property
    def sha256(self) -> str:
        """The digest of the bytes so far, in hexadecimal."""
        return self._digest.hexdigest()

    def write(self, data: bytes) -> None:
        """Add bytes; OSError when the disk holds no more."""
        self.file.write(data)
        self.size += len(data)
        self._digest.update(data)


class _Whole(File):
    """A finished draft, which a storage on the same disk takes by its name."""

    def temporary_file_path(self) -> str:
        return str(self.file.name)  # type: ignore[union-attr]


@contextmanager
def draft() -> Iterator[Draft]:
    """Give a file to write; it is gone after the block unless it was kept."""
    folder: Path = settings.JOB_FILES / DRAFTS
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    with NamedTemporaryFile("wb", dir=folder, delete=False) as file:  # mode 0600
        try:
            yield Draft(file)  # type: ignore[arg-type]
        finally:
            Path(file.name).unlink(missing_ok=True)


def keep(written: Draft, extension: str) -> str:
    """Put a finished draft where files are kept; return its key, by which nobody else finds it."""
    written.file.flush()
    os.fsync(written.file.fileno())
    name = secrets.token_urlsafe(24)
    with open(written.file.name, "rb") as whole:
        key = _storage().save(f"{name[:2]}/{name}.{extension}", _Whole(whole))
    return str(key)


def open_file(job: Job) -> BinaryIO:
    """Open the file of a job; FileNotFoundError when it is gone."""
    file: BinaryIO = _storage().open(job.file_key, "rb").file
    return file


def remove(keys: Iterable[str]) -> None:
    """Remove files; those that are gone already are no error."""
    storage = _storage()
    for key in keys:
        storage.delete(key)


def link(job: Job) -> str:
    """Return an address at which whoever holds it reads the file of a job for a minute or so."""
    signed = signing.dumps([job.pk, job.sha256], salt=SALT)
    return settings.BASE_URL + reverse("job-file", args=[signed])


def linked(signed: str, at: datetime) -> Job | None:
    """Return the job of a link that is good; None for any other."""
    try:
        job_id, sha256 = signing.loads(signed, salt=SALT, max_age=settings.JOB_LINK_SECONDS)
    except (signing.BadSignature, ValueError, TypeError):
        return None
    done = Job.objects.not_expired(at).in_states([State.DONE]).filter(sha256=sha256)
    job: Job | None = done.with_id(job_id).exclude(file_key="").first()
    return job


def remove_abandoned(at: datetime | None = None) -> int:
    """Remove local files that no job names and nobody writes to; return how many."""
    oldest = ((at or clock.now()) - ABANDONED_AFTER).timestamp()
    root: Path = settings.JOB_FILES
    old = [path for path in root.glob("*/*") if path.stat().st_mtime < oldest]
    named = Job.objects.file_keys() if old else set()
    abandoned = [path for path in old if str(path.relative_to(root)) not in named]
    for path in abandoned:
        path.unlink(missing_ok=True)
    return len(abandoned)


def _storage() -> Any:
    storage: Storage = storages["jobs"]
    return storage
