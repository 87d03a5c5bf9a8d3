"""Folding: how two texts are compared when case does not count."""

from unicodedata import normalize

# Input cannot hold it inside a search term, which is split at white space.
SEPARATOR = "\n"


def fold(text: str) -> str:
    """Return the text in NFC with its case folded and its accents kept.

    Stored copies are folded here, never by a database, so both databases agree.
    """
    if text.isascii():
        return text.lower()
    return normalize("NFC", normalize("NFC", text).casefold())


def searchable(*parts: str) -> str:
    """Return the folded parts as one text in which no search term reaches over two parts."""
    return fold(SEPARATOR.join(parts))
