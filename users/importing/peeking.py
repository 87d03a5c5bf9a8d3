"""The beginning of a file: its titles, and what the first rows say under them."""

from dataclasses import dataclass, field
from itertools import islice
from typing import BinaryIO

from usersvc.api.fields import is_storable

from .faults import Unreadable, echo
from .reading import rows
from .titles import METADATA, target_of
from .unpacking import Limits, Source

ROWS, SAMPLES = 50, 3
# A file with more is no list of people.
MOST_TITLES = 200


@dataclass
class Title:
    """A title, what it means to an import by itself, and what stands under it."""

    text: str
    samples: list[str] = field(default_factory=list)

    @property
    def guess(self) -> str | None:
        """The field that it means; "" for what is passed over, None for what nobody knows."""
        target = target_of(self.text)
        if target is None or not target.name:
            return None if target is None else ""
        return self.text if target.steps or target.is_export else target.name

    @property
    def as_metadata(self) -> str | None:
        """The key of metadata that it could be; None where it cannot be a key."""
        path = f"{METADATA[0]}.{self.text}"
        target = target_of(path)
        return path if target and target.steps else None


def peek(file: BinaryIO) -> list[Title]:
    """Return the titles of a file in their order; Unreadable for a file that is none of ours."""
    titles: dict[str, Title] = {}
    for place, row in enumerate(islice(rows(Source(file, Limits()), Limits()), ROWS)):
        is_head = row.is_text and place == 0
        for text, value in row.values.items():
            if not is_storable(text):
                message = "this title holds a character that no text can hold"
                raise Unreadable("unknown_title", message, row.line)
            if text not in titles and len(titles) < MOST_TITLES:
                titles[text] = Title(text)
            title = titles.get(text)
            if title and not is_head and len(title.samples) < SAMPLES and value not in (None, ""):
                title.samples.append(echo(value, title.guess or ""))
    return list(titles.values())
