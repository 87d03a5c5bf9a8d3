"""Merging: parts of a document become one file."""

from collections.abc import Iterable
from contextlib import ExitStack
from tempfile import TemporaryFile
from typing import IO


def merge(parts: Iterable[bytes]) -> IO[bytes]:
    """Return the file, without a name, of the pages of all parts; of the first it has the title.

    The parts wait on disk for the last one, and are copied from there.
    """
    import pikepdf  # only processes that print pay for it

    with ExitStack() as stack:
        documents = []
        for part in parts:
            kept = stack.enter_context(TemporaryFile())
            kept.write(part)
            documents.append(stack.enter_context(pikepdf.open(kept)))
        whole = documents[0]
        for document in documents[1:]:
            whole.pages.extend(document.pages)
        file = TemporaryFile()  # noqa: SIM115 - its reader closes it
        whole.save(file, object_stream_mode=pikepdf.ObjectStreamMode.generate)
    file.seek(0)
    return file
