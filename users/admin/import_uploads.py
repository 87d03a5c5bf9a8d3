"""Uploads that wait for their columns: kept by the session, for a while, and few of them."""

from dataclasses import asdict, dataclass, field
from typing import Any

from django.core.files import File
from django.http import HttpRequest

from exports import files
from usersvc import clock
from usersvc.ids import short_id

SESSION_KEY = "imports"
# More of them at once are no use to one person; the oldest makes room.
MOST = 3


@dataclass
class Upload:
    """A file that was uploaded, what it begins with, and what is to be done with it.

    key is empty once a job has the file.
    """

    id: str
    key: str
    name: str
    size: int
    format: str
    titles: list[tuple[str, list[str]]]  # a list, for sessions keep no order of keys
    options: dict[str, Any]
    at: float
    columns: dict[str, str | None] = field(default_factory=dict)
    job: str = ""

    @property
    def is_kept(self) -> bool:
        """Whether its file is not due to be removed by housekeeping."""
        return clock.now().timestamp() < self.at + files.ABANDONED_AFTER.total_seconds()


def add(request: HttpRequest, upload: File, **values: Any) -> Upload:
    """Keep an uploaded file; OSError where there is no room."""
    key = files.keep_upload(upload)
    made = Upload(
        id=short_id("upl"),
        key=key,
        size=upload.size,
        at=clock.now().timestamp(),
        **values,
    )
    uploads = [*_all(request), made]
    for old in uploads[:-MOST]:
        files.remove([old.key] if old.key else [])
    _write(request, uploads[-MOST:])
    return made


def find(request: HttpRequest, upload_id: str) -> Upload | None:
    """Return an upload of this session; None for one of anybody else, or that is gone."""
    return next((each for each in _all(request) if each.id == upload_id), None)


def of_job(request: HttpRequest, job_id: str) -> Upload | None:
    """Return the upload whose file a job has."""
    return next((each for each in _all(request) if each.job == job_id), None)


def save(request: HttpRequest, changed: Upload) -> None:
    """Remember what has changed about an upload."""
    uploads = _all(request)
    _write(request, [changed if each.id == changed.id else each for each in uploads])


def forget(request: HttpRequest, upload: Upload) -> None:
    """Forget an upload, and remove its file if no job has it."""
    files.remove([upload.key] if upload.key else [])
    _write(request, [each for each in _all(request) if each.id != upload.id])


def _all(request: HttpRequest) -> list[Upload]:
    return [Upload(**each) for each in request.session.get(SESSION_KEY, [])]


def _write(request: HttpRequest, uploads: list[Upload]) -> None:
    request.session[SESSION_KEY] = [asdict(each) for each in uploads]
