"""Anchors: the hashes of seals, told where who changes the database does not reach."""

import errno
import logging
import os
from collections import defaultdict
from collections.abc import Iterable

from django.conf import settings

from .models import AuditSeal

LONGEST_LINE = 128  # bytes

# The hashes that were told of a batch: one, unless somebody made it anew.
Anchors = dict[int, set[str]]

log = logging.getLogger(__name__)


def anchors() -> Anchors:
    """Return the hashes of seals by their numbers, as the file beside the database tells them."""
    try:
        lines = settings.AUDIT_ANCHORS.read_text().splitlines()
    except FileNotFoundError:
        return {}
    return collected(line for line in lines if line.strip())


def collected(texts: Iterable[str]) -> Anchors:
    """Return the hashes that anchors tell, by their numbers; ValueError for what is none."""
    found: Anchors = defaultdict(set)
    for text in texts:
        number, *parts = text.strip().split(":")
        told = "".join(parts)
        if not number.isascii() or not number.isdigit() or len(told) != 64:
            raise ValueError(f"{text!r} is no anchor: NUMBER:HASH, as the log tells them.")
        found[int(number)].add(told)
    return dict(found)


def anchor(seal: AuditSeal) -> None:
    """Tell of a seal, unless it was the last that was told of."""
    if _last() == str(seal):
        return
    log.info("audit: batch %s sealed", seal)
    flags = os.O_WRONLY | os.O_APPEND | os.O_CREAT
    file = os.open(settings.AUDIT_ANCHORS, flags, 0o600)
    size, line = os.fstat(file).st_size, f"{seal}\n".encode()
    try:
        if os.write(file, line) < len(line):  # the next one must not join what there was room for
            os.ftruncate(file, size)
            raise OSError(errno.ENOSPC, "no room for an anchor")
        os.fsync(file)
    finally:
        os.close(file)


def _last() -> str:
    """Return the last line of the file, of which years may be long."""
    try:
        with settings.AUDIT_ANCHORS.open("rb") as file:
            file.seek(max(0, os.fstat(file.fileno()).st_size - LONGEST_LINE))
            lines = file.read().decode(errors="replace").split()
    except FileNotFoundError:
        return ""
    return lines[-1] if lines else ""
