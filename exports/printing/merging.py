"""Merging: parts of a document become one file."""

from collections.abc import Iterable
from contextlib import ExitStack
from tempfile import TemporaryFile
from typing import IO

import pikepdf


def merge(parts: Iterable[bytes]) -> IO[bytes]:
    """Return the file, without a name, of the pages of all parts; of the first it has the title.

    Parts wait on disk for the last one: memory is bounded by the largest.
    """
    with ExitStack() as stack:
        documents = [stack.enter_context(_open(stack, part)) for part in parts]
        whole = documents[0]
        for document in documents[1:]:
            whole.pages.extend(document.pages)
        file = TemporaryFile()  # noqa: SIM115 - its reader closes it
        whole.save(file, object_stream_mode=pikepdf.ObjectStreamMode.generate)
    file.seek(0)
    return file


def _open(stack: ExitStack, part: bytes) -> pikepdf.Pdf:
    file = stack.enter_context(TemporaryFile())  # noqa: SIM115
    file.write(part)
    return pikepdf.open(file)
