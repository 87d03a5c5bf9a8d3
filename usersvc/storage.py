"""Where the files of jobs are kept: in a folder, or in a bucket of S3 or what speaks like it."""

from contextlib import suppress
from importlib.util import find_spec
from pathlib import Path
from typing import Any

from django.core.exceptions import ImproperlyConfigured

from . import environment as env

SPOOLED = 8 * 1024 * 1024  # bytes of a file that is read; more of it goes to the disk
LACKING = "USERSVC_S3_BUCKET takes the packages of requirements-s3.txt: install them first."


def folder(path: Path, *, for_group: bool) -> Path:
    """Return a folder, made where it is not there: its owner's, and its group's to enter."""
    path.mkdir(mode=0o700, exist_ok=True)
    with suppress(PermissionError):  # somebody else's, who has seen to it
        path.chmod(_mode(for_group))
    return path


def of_jobs(path: Path, *, for_group: bool) -> dict[str, Any]:
    """Return Django's dictionary of the storage that the environment asks for."""
    bucket = env.text("USERSVC_S3_BUCKET", "")
    if bucket and for_group:
        raise ImproperlyConfigured("USERSVC_ACCEL is of a folder: a bucket sends its files itself.")
    return _bucket(bucket) if bucket else _folder(path, for_group)


def _folder(path: Path, for_group: bool) -> dict[str, Any]:
    modes = {
        "file_permissions_mode": 0o640 if for_group else 0o600,
        "directory_permissions_mode": _mode(for_group),
    }
    return {
        "BACKEND": "django.core.files.storage.FileSystemStorage",
        "OPTIONS": {"location": path, **modes},
    }


def _mode(for_group: bool) -> int:
    return 0o750 if for_group else 0o700


def _bucket(name: str) -> dict[str, Any]:
    if find_spec("storages") is None or find_spec("boto3") is None:
        raise ImproperlyConfigured(LACKING)
    endpoint = env.text("USERSVC_S3_ENDPOINT", "")
    if endpoint:
        endpoint = env.url("USERSVC_S3_ENDPOINT", "", schemes=("https", "http"))
    options = {
        "bucket_name": name,
        "endpoint_url": endpoint or None,
        "region_name": env.text("USERSVC_S3_REGION", "") or None,
        "location": env.text("USERSVC_S3_PREFIX", ""),
        "signature_version": "s3v4",
        "file_overwrite": False,
        "max_memory_size": SPOOLED,
        # Told here, or it would be guessed from the name: readers would unpack the file unasked.
        "object_parameters": {"ContentType": "application/gzip", "CacheControl": "no-store"},
    }
    return {"BACKEND": "storages.backends.s3.S3Storage", "OPTIONS": options}
