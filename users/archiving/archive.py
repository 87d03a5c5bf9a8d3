"""A person's archive: all that the service knows of it, as a ZIP file of texts."""

import hashlib
from collections.abc import Iterator
from tempfile import TemporaryFile
from typing import IO, Any
from zipfile import ZIP_DEFLATED, ZipFile

import orjson

from exports import downloads, rows
from exports.keys import KEY_BYTES
from usersvc import clock

from ..models import AuditEntry, User
from ..models.export_register import Register
from . import cells, trail
from .relations import archived

PERMISSIONS = (
    "users.view_user",
    "users.export_user",
    "users.view_auditentry",
    "users.view_user_metadata",
)
FAMILY, FORMAT = "archive", "zip"
CONTENT_TYPE = "application/zip"
PIECE = 65_536
CHUNK = 500  # rows read at a time
README = """\
All that this service knows about {name} ({username}), as of {at:%Y-%m-%d %H:%M} UTC.

person.json   Everything that is kept about the person: the person itself, and below that each kind
              of thing that belongs to it, such as memberships, addresses, second factors, sessions
              and jobs. Secrets are not in it: no passwords, no tokens, and nothing made of them.
audit.ndjson  What was done to the person, and what it did: one entry a line, the oldest first.
exports.csv   The files that the person's data was taken in. Where "certain" says no, a file was cut
              off or is from before there was a register: it may have held the person.
{other}
Instants are in UTC.
"""
OTHERS = """
Other people are left out: who else acted, and what was done to somebody else.
"""


def written(person: User, reader: User) -> IO[bytes]:
    """Return the archive as a file to read, with an entry in the audit of who took it.

    All of it is of one instant. Memory is bounded: it is written to disk as it is read.
    """
    file = TemporaryFile()  # noqa: SIM115 - its reader closes it
    try:
        with rows.snapshot("default"), ZipFile(file, "w", ZIP_DEFLATED) as archive:
            for name, texts in _parts(person, reader):
                with archive.open(name, "w", force_zip64=True) as part:
                    for text in texts:
                        part.write(text)
        _record(person, file)
    except BaseException:
        file.close()
        raise
    file.seek(0)
    return file


def filename() -> str:
    """Return what an archive is called where it is saved; it names nobody."""
    return downloads.filename("user_archive", FORMAT, clock.now())


def _parts(person: User, reader: User) -> Iterator[tuple[str, Iterator[bytes]]]:
    yield "README.txt", iter([_readme(person, reader)])
    yield "person.json", _person(person)
    yield "audit.ndjson", (_json(entry) + b"\n" for entry in trail.entries(person, reader))
    yield "exports.csv", (line.encode() for line in trail.exports(person, reader))


def _readme(person: User, reader: User) -> bytes:
    told = {"name": person.name, "username": person.username, "at": clock.now()}
    return README.format(**told, other=OTHERS if reader == person else "").encode()


def _person(person: User) -> Iterator[bytes]:
    """Yield the person and what belongs to it, a row a line."""
    yield b'{"person": ' + _json(cells.shown(person))
    for relation in archived():
        yield f',\n"{relation.section}": ['.encode()
        found = relation.rows(person).select_related(*cells.named_things(relation.model))
        for number, row in enumerate(found.iterator(chunk_size=CHUNK)):
            yield (b",\n" if number else b"\n") + _json(cells.shown(row))
        yield b"]"
    yield b"}\n"


def _json(value: Any) -> bytes:
    return orjson.dumps(value, default=str, option=orjson.OPT_UTC_Z | orjson.OPT_NON_STR_KEYS)


def _record(person: User, file: IO[bytes]) -> None:
    """Leave one entry of the audit, and take down whom the file holds."""
    size = file.tell()
    file.seek(0)
    digest = hashlib.file_digest(file, "sha256").hexdigest()  # type: ignore[arg-type]
    entry = AuditEntry.objects.record_event(
        User,
        AuditEntry.Event.EXPORT,
        "archive of a user",
        family=FAMILY,
        format=FORMAT,
        filters={"id": str(person.pk)},
        columns=[],
        outcome="complete",
        rows=1,
        bytes=size,
        sha256=digest,
    )
    register = Register()
    register.note(person.pk.bytes[-KEY_BYTES:])
    register.write(entry)
