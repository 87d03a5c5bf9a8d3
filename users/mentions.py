"""Mentions: whether the names of people occur in texts, and in what JSON holds."""

import json
import re
from collections.abc import Collection, Iterable, Iterator
from typing import Any

from django.db.models import F, JSONField, Q, QuerySet, TextField
from django.db.models.functions import Cast

from .text import fold

HIDDEN = "********"
SHORTEST = 3
# So many spellings are looked for by the database; for more, all rows are looked through here.
FEW = 60
# Values of these keys are words of ours, never anybody's.
OURS = frozenset(
    (
        "family",
        "format",
        "columns",
        "outcome",
        "sha256",
        "status",
        "status_before",
        "user_type",
        "type",
        "operation",
        "action",
        "kind",
        "state",
        "limit",
        "fields",
        "_fields",
        "sort",
        "sort_by",
        "sort_order",
        "sort_direction",
        "accountStatus",
    )
)
_TOKEN = re.compile(r"[\w.+@-]+")
_GOES_ON = re.compile(r"[\w@+-]|\.\w")


class Names:
    """What some people are called: each is found where it stands as words of their own.

    So ann is in "ann, bob" and not in "joann" or "ann@example.com".
    """

    def __init__(self, texts: Iterable[str]) -> None:
        self.texts = {text.strip() for text in texts if len(text.strip()) >= SHORTEST}
        # By the first word of each, so that a text is gone through once, however many there are.
        self._by_word: dict[str, set[tuple[str, int]]] = {}
        for name in map(fold, self.texts):
            if word := _TOKEN.search(name):
                self._by_word.setdefault(_bare(word[0]), set()).add((name, word.start()))

    def are_in(self, text: str) -> bool:
        """Return whether any of the names stands in a text, in any case."""
        folded = fold(text)
        return any(
            folded.startswith(name, word.start() - offset)
            and not _GOES_ON.match(folded, word.start() - offset + len(name))
            for word in _TOKEN.finditer(folded)
            for name, offset in self._by_word.get(_bare(word[0]), ())
            if word.start() >= offset
        )

    def are_within(self, value: Any) -> bool:
        """Return whether any of the names stands in a text of what JSON holds."""
        return any(self.are_in(text) for text in _texts(value))

    def hidden_in(self, value: Any) -> Any:
        """Return what JSON holds, with each text that holds a name hidden."""
        if isinstance(value, str):
            return HIDDEN if self.are_within(value) else value
        if isinstance(value, dict):
            return {
                key: each if key in OURS else self.hidden_in(each) for key, each in value.items()
            }
        return [self.hidden_in(each) for each in value] if isinstance(value, list) else value

    def candidates(self, rows: QuerySet[Any, Any], fields: Collection[str]) -> QuerySet[Any, Any]:
        """Return the rows in whose fields a name may stand, of text or of JSON."""
        spellings = {each for text in self.texts for each in _spellings(text)}
        if len(spellings) > FEW:
            return rows
        told = {field: _as_text(rows, field) for field in fields}
        rows = rows.alias(**{f"written_{field}": text for field, text in told.items()})
        either = Q(pk__in=[])
        for field in fields:
            for spelling in spellings:
                either |= Q(**{f"written_{field}__icontains": spelling})
        return rows.filter(either)


def _bare(word: str) -> str:
    """Return a word without what ends a sentence."""
    return word.rstrip(".-") or word


def _texts(value: Any) -> Iterator[str]:
    """Yield the texts of what JSON holds, those of JSON within a text too."""
    if isinstance(value, str):
        yield value
        if value[:1] in ("[", "{"):
            yield from _texts(_parsed(value))
    elif isinstance(value, dict):
        for key, each in value.items():
            if key not in OURS:
                yield from _texts(each)
    elif isinstance(value, list):
        for each in value:
            yield from _texts(each)


def _parsed(text: str) -> Any:
    try:
        return json.loads(text)
    except (ValueError, RecursionError):
        return None


def _spellings(text: str) -> set[str]:
    """Return how a text may be written in a column: a database folds no more than ASCII, and JSON
    writes other letters as escapes."""
    cases = {fold(text)}
    if not text.isascii():
        cases |= {text, text.upper(), text.title()}
    escaped = {
        json.dumps(each, ensure_ascii=plain)[1:-1] for each in cases for plain in (True, False)
    }
    # Within a text of JSON that is kept as JSON.
    return cases | escaped | {json.dumps(each)[1:-1] for each in escaped}


def _as_text(rows: QuerySet[Any, Any], name: str) -> Any:
    is_json = isinstance(rows.model._meta.get_field(name), JSONField)
    return Cast(name, TextField()) if is_json else F(name)
