"""Files of jobs: written whole or not at all, kept under names that nobody guesses, and linked."""

import hashlib
import os
import secrets
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from tempfile import NamedTemporaryFile
from typing import Any, BinaryIO

from django.conf import settings
from django.core import signing
from django.core.files import File
from django.core.files.storage import FileSystemStorage, Storage, storages
from django.urls import reverse

from usersvc import clock

from .downloads import filename
from .formats import FORMATS
from .models import Job

PACKED = "application/gzip"
SALT = "exports.files"
STEMS: dict[str, str] = {
    Job.Kind.EXPORT: "users_export",
    Job.Kind.IMPORT: "users_refused",
    Job.Kind.ACTION: "users_results",
}
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
    folder = settings.JOB_DRAFTS
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
    with open(written.file.name, "rb") as whole:
        return _save(_Whole(whole), extension)


def keep_upload(upload: File) -> str:
    """Put an uploaded file where files are kept, whatever its sender calls it; return its key."""
    return _save(upload, "upload")


def _save(file: File, extension: str) -> str:
    """Save a file under a name that nobody guesses; return its key."""
    name = secrets.token_urlsafe(24)
    return str(_storage().save(f"{name[:2]}/{name}.{extension}", file))


def open_file(key: str) -> BinaryIO:
    """Open a file by its key; FileNotFoundError when it is gone."""
    file: BinaryIO = _storage().open(key, "rb").file
    return file


def remove(keys: Iterable[str]) -> None:
    """Remove files; those that are gone already are no error."""
    storage = _storage()
    for key in keys:
        storage.delete(key)


def link(job: Job) -> str:
    """Return an address at which whoever holds it reads the file of a job for a minute or so.

    A bucket answers by itself; files of a folder are read through file_view.
    """
    storage = _storage()
    if not isinstance(storage, FileSystemStorage):
        disposition = f'attachment; filename="{filename_of(job)}"'
        asked = {
            "ResponseContentDisposition": disposition,
            "ResponseContentType": content_type_of(job),
        }
        return str(storage.url(job.file_key, asked, expire=settings.JOB_LINK_SECONDS))
    signed = signing.dumps([job.pk, job.sha256], salt=SALT)
    return settings.BASE_URL + reverse("job-file", args=[signed])


def linked(signed: str, at: datetime) -> Job | None:
    """Return the job of a link that is good; None for any other."""
    try:
        job_id, sha256 = signing.loads(signed, salt=SALT, max_age=settings.JOB_LINK_SECONDS)
    except (signing.BadSignature, ValueError, TypeError):
        return None
    kept = Job.objects.not_expired(at).exclude(file_key="").filter(sha256=sha256)
    job: Job | None = kept.with_id(job_id).first()
    return job


def filename_of(job: Job) -> str:
    """Return what the file of a job is called where it is saved."""
    extension = job.file_key.partition(".")[2]
    return filename(STEMS[job.kind], extension, job.finished_at or job.created_at)


def content_type_of(job: Job) -> str:
    """Return the media type of the file of a job."""
    name = job.file_key.rpartition(".")[2]
    plain = {each.extension: each.content_type for each in FORMATS.values()}
    return plain.get(name, PACKED)


def remove_abandoned(at: datetime | None = None) -> int:
    """Remove drafts that nobody writes to, and files that no job names; return how many."""
    drafts, abandoned = _abandoned(at or clock.now())
    for path in drafts:
        path.unlink(missing_ok=True)
    remove(abandoned)
    return len(drafts) + len(abandoned)


def count_abandoned() -> int:
    """Return how many files remove_abandoned() would remove now."""
    drafts, abandoned = _abandoned(clock.now())
    return len(drafts) + len(abandoned)


def _abandoned(at: datetime) -> tuple[list[Path], list[str]]:
    """Return the drafts that nobody writes to, and the keys that no job names."""
    oldest = at - ABANDONED_AFTER
    drafts = [path for path in settings.JOB_DRAFTS.glob("*") if _changed(path) < oldest]
    storage = _storage()
    old = [key for key in _keys(storage) if storage.get_modified_time(key) < oldest]
    named = Job.objects.file_keys() if old else set()
    return drafts, [key for key in old if key not in named]


def exists(key: str) -> bool:
    """Return whether the file of a key is kept."""
    return bool(_storage().exists(key))


def can_be_kept() -> bool:
    """Return whether files can be written, and put where they are kept."""
    storage, places = _storage(), [settings.JOB_DRAFTS]
    if isinstance(storage, FileSystemStorage):
        places.append(Path(storage.location))
    else:
        storage.exists("none")  # it raises what keeps the bucket away
    return all(os.access(place, os.W_OK | os.X_OK) for place in places)


def _changed(path: Path) -> datetime:
    return datetime.fromtimestamp(path.stat().st_mtime, UTC)


def _keys(storage: Any) -> list[str]:
    """Return the keys of all files that are kept."""
    try:
        folders, _ = storage.listdir("")
    except FileNotFoundError:
        return []
    drafts = settings.JOB_DRAFTS.name
    kept = [folder for folder in folders if folder != drafts]
    return [f"{folder}/{name}" for folder in kept for name in storage.listdir(folder)[1]]


def _storage() -> Any:
    storage: Storage = storages["jobs"]
    return storage
