"""Files of jobs that hold people who are erased: withdrawn, whoever they were for."""

import zlib
from collections.abc import Iterator, Sequence

from exports import files
from exports.models import Job

from .mentions import Names
from .models import AuditEntry, ExportBlock, User
from .text import fold

PIECE = 65_536
GZIP, ZIP = b"\x1f\x8b", b"PK"
GZIP_CONTAINER = 31  # zlib's wbits for it
WITHDRAWN = "Somebody whom its file held was erased: ask for it again."


def withdraw(people: Sequence[User], names: Names) -> tuple[int, list[str]]:
    """Withdraw what jobs made and read of people; return how many, and the keys of their files.

    The files are to be removed once that is committed.
    """
    count, keys = 0, []
    own = {person.pk for person in people}
    for job in Job.objects.with_files().iterator():
        found = [key for key in (job.file_key, job.input_key) if key]
        if job.owner_id in own:  # it goes with its owner
            keys += found
        elif _may_hold(job, people, names):
            job.withdraw(WITHDRAWN)
            keys += found
            count += 1
    return count, keys


def _may_hold(job: Job, people: Sequence[User], names: Names) -> bool:
    if job.kind == Job.Kind.EXPORT:
        return _export_may_hold(job, people)
    looked_for = _spellings(people, names)
    return any(holds(key, looked_for) for key in (job.file_key, job.input_key) if key)


def _export_may_hold(job: Job, people: Sequence[User]) -> bool:
    """Return whether any run of an export job held people, as far as anybody knows."""
    entries = AuditEntry.objects.exports_of_job(job.pk)
    return any(ExportBlock.objects.that_may_have_held(each.pk, entries) for each in people)


def _spellings(people: Sequence[User], names: Names) -> list[bytes]:
    """Return the bytes by which people are recognized in a file, of text or of packed ids."""
    told = {fold(text) for text in names.texts} | {str(each.pk) for each in people}
    return [*(text.encode() for text in told), *(each.pk.bytes for each in people)]


def holds(key: str, looked_for: list[bytes]) -> bool:
    """Return whether a file may hold any of these; one that cannot be read through may."""
    longest = max(map(len, looked_for))
    before = b""
    try:
        for piece in _pieces(key):
            here = before + piece
            texts = (here, fold(here.decode("utf-8", "ignore")).encode(), _unescaped(here))
            if any(each in text for each in looked_for for text in texts):
                return True
            before = here[-4 * longest :]
    except FileNotFoundError:
        return False
    except (zlib.error, UnreadableError):
        return True
    return False


class UnreadableError(Exception):
    """A file is packed in a way that cannot be read through."""


def _pieces(key: str) -> Iterator[bytes]:
    """Yield the bytes of a file, unpacked where they are gzip, which may have several members."""
    with files.open_file(key) as file:
        piece = file.read(PIECE)
        if piece.startswith(ZIP):
            raise UnreadableError
        unpacking = zlib.decompressobj(GZIP_CONTAINER) if piece.startswith(GZIP) else None
        while piece:
            if unpacking is None:
                yield piece
            else:
                yield unpacking.decompress(piece, 16 * PIECE)
                rest = unpacking.unconsumed_tail
                while rest:
                    yield unpacking.decompress(rest, 16 * PIECE)
                    rest = unpacking.unconsumed_tail
                if unpacking.eof and unpacking.unused_data:
                    piece, unpacking = unpacking.unused_data, zlib.decompressobj(GZIP_CONTAINER)
                    continue
            piece = file.read(PIECE)
        if unpacking is not None and not unpacking.eof:
            raise UnreadableError


def _unescaped(text: bytes) -> bytes:
    """Return a text of JSON with its escapes read."""
    if b"\\u" not in text:
        return b""
    return fold(text.decode("unicode_escape", "ignore")).encode("utf-8", "ignore")
