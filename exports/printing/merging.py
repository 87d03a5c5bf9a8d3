"""Parts of a sheet, joined into one PDF."""

from collections.abc import Sequence
from io import BytesIO

from pikepdf import ObjectStreamMode, OutlineItem, Pdf


def merged(parts: Sequence[bytes], bookmarks: Sequence[tuple[str, int]]) -> bytes:
    """Return one PDF of the parts' pages, with bookmarks of a title and a page, from 0."""
    whole = Pdf.open(BytesIO(parts[0]))
    for part in parts[1:]:
        with Pdf.open(BytesIO(part)) as pdf:
            whole.pages.extend(pdf.pages)
    with whole.open_outline() as outline:
        outline.root.extend(OutlineItem(title, page) for title, page in bookmarks)
    written = BytesIO()
    whole.save(written, object_stream_mode=ObjectStreamMode.generate)
    return written.getvalue()
