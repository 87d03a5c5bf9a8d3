"""Backups: the database as it was at one instant, in one file that says itself whether it is whole.

The file is a tar of manifest.json and of the database. Keys are not in it: who has both reads
everything. The manifest knows them by their fingerprints, so that a restore can tell that another
key is here.
"""

import gzip
import hashlib
import hmac
import json
import os
import shutil
import tarfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import asdict, dataclass
from io import BytesIO
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from django.conf import settings
from django.db import connection
from django.db.migrations.loader import MigrationLoader
from django.db.migrations.recorder import MigrationRecorder

from . import clock, dumps

MANIFEST, DATABASE = "manifest.json", "database.gz"
FORMAT = 1
KEYS = ("SECRET_KEY", "ENCRYPTION_KEYS", "AUDIT_KEY")
PIECE = 1024 * 1024
LONGEST_MANIFEST = 1024 * 1024  # bytes


class BackupError(dumps.DumpError):
    """A backup is not what it ought to be; its text is for who asked."""


@dataclass(frozen=True)
class Manifest:
    """What a backup says of itself."""

    format: int
    made_at: str
    vendor: str
    sha256: str
    bytes: int
    migrations: list[str]
    keys: dict[str, str]


def back_up(target: Path) -> Manifest:
    """Write a backup to a file that is not there yet; it is whole, or is not there."""
    if target.exists():
        raise BackupError(f"{target} is there already.")
    with TemporaryDirectory(dir=target.parent, prefix=".backup-") as folder:  # mode 0700
        packed = Path(folder, DATABASE)
        with gzip.open(packed, "wb", compresslevel=1) as file:
            dumps.write(file)
        manifest = Manifest(
            FORMAT,
            clock.now().isoformat(timespec="seconds"),
            connection.vendor,
            _digest(packed),
            packed.stat().st_size,
            _migrations(),
            fingerprints(),
        )
        draft = Path(folder, "whole")
        _pack(draft, manifest, packed)
        draft.rename(target)
    return manifest


def _pack(draft: Path, manifest: Manifest, packed: Path) -> None:
    told = json.dumps(asdict(manifest), indent=1).encode()
    draft.touch(0o600)
    with draft.open("wb") as file:
        with tarfile.open(fileobj=file, mode="w") as tar:
            entry = tarfile.TarInfo(MANIFEST)
            entry.size = len(told)
            tar.addfile(entry, BytesIO(told))
            tar.add(packed, DATABASE, filter=_of_nobody)
        file.flush()
        os.fsync(file.fileno())


def _of_nobody(entry: tarfile.TarInfo) -> tarfile.TarInfo:
    entry.uid = entry.gid = 0
    entry.uname = entry.gname = ""
    return entry


@contextmanager
def opened(source: Path) -> Iterator[tuple[Manifest, Path]]:
    """Give what a backup says and its unpacked dump; BackupError for one that is not whole."""
    with TemporaryDirectory(dir=settings.DATA_DIR, prefix=".restore-") as folder:
        try:
            with tarfile.open(source) as tar:
                manifest = _manifest(tar)
                packed = Path(folder, DATABASE)
                with packed.open("xb") as file:
                    shutil.copyfileobj(_member(tar, DATABASE), file, PIECE)
            if _digest(packed) != manifest.sha256:
                raise BackupError(f"{source} is damaged: its digest is another one.")
            dump = Path(folder, "dump")
            with gzip.open(packed) as read, dump.open("xb") as written:
                shutil.copyfileobj(read, written, PIECE)
        except (OSError, EOFError, tarfile.TarError) as error:
            raise BackupError(f"{source} cannot be read: {error}") from error
        yield manifest, dump


def _manifest(tar: tarfile.TarFile) -> Manifest:
    try:
        manifest = Manifest(**json.loads(_member(tar, MANIFEST).read(LONGEST_MANIFEST)))
    except (ValueError, TypeError) as error:
        raise BackupError("This is no backup of usersvc: its manifest cannot be read.") from error
    if manifest.format != FORMAT:
        raise BackupError(f"This backup is of format {manifest.format}, and {FORMAT} is known.")
    return manifest


def _member(tar: tarfile.TarFile, name: str) -> Any:
    try:
        file = tar.extractfile(name)
    except KeyError:
        file = None
    if file is None:
        raise BackupError(f"This is no backup of usersvc: it has no {name}.")
    return file


def put_back(manifest: Manifest, dump: Path) -> None:
    """Replace all that the database holds by a dump, or change nothing."""
    if manifest.vendor != connection.vendor:
        raise BackupError(
            f"The backup is of {manifest.vendor}, and this database is {connection.vendor}."
        )
    unknown = sorted(set(manifest.migrations) - set(_known_migrations()))
    if unknown:
        raise BackupError(f"The backup is of a newer version: {unknown[-1]} is not known here.")
    dumps.read(dump)


def fingerprints() -> dict[str, str]:
    """Return by what each key is known; nothing of the keys can be told from that."""
    told = {name: getattr(settings, name) for name in KEYS}
    texts = {name: value if isinstance(value, str) else value[0] for name, value in told.items()}
    return {
        f"USERSVC_{name}": hmac.new(text.encode(), b"usersvc backup", "sha256").hexdigest()[:16]
        for name, text in texts.items()
    }


def _migrations() -> list[str]:
    applied = MigrationRecorder(connection).applied_migrations()
    return [f"{app}.{name}" for app, name in sorted(applied)]


def _known_migrations() -> list[str]:
    return [f"{app}.{name}" for app, name in MigrationLoader(None).disk_migrations]


def _digest(path: Path) -> str:
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()
