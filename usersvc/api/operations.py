"""What is documented of an operation: its name, what it takes, and what it answers."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from .filters import NoParameters, StrictFilterSet
from .serializers import NothingSerializer, StrictSerializer

JSON = "application/json"
Schema = Mapping[str, Any]


@dataclass(frozen=True)
class Answer:
    """What comes with a status: JSON of a shape or a schema, a file, or nothing.

    headers are JSON Schemas by name, each with a description.
    """

    description: str
    shape: Any = None
    media_types: tuple[str, ...] = (JSON,)
    headers: Mapping[str, Schema] = field(default_factory=dict)


@dataclass(frozen=True)
class Operation:
    """One method of one address; what refuses it follows from the view and from what it takes.

    body may be a schema by its media type.
    is_tagged: the thing has an entity tag, which If-Match and If-None-Match can name.
    refusals: further statuses, such as 409 where it may contradict what is there.
    tag: another one than the view's.
    """

    name: str
    summary: str
    answers: Mapping[int, Answer]
    description: str = ""
    question: type[StrictFilterSet] = NoParameters
    body: type[StrictSerializer] | Mapping[str, Schema] = NothingSerializer
    headers: Mapping[str, Schema] = field(default_factory=dict)
    is_tagged: bool = False
    refusals: frozenset[int] = frozenset()
    tag: str = ""


ETAG = {"type": "string", "description": "The entity tag of what is shown."}
LOCATION = {"type": "string", "description": "Where the new thing is."}
PAGE_HEADERS: Mapping[str, Schema] = {
    "X-Total-Count": {
        "type": "integer",
        "minimum": 0,
        "description": "How many match; exact up to 10,000, above that 10000 unless asked for.",
    },
    "X-Total-Count-Capped": {
        "type": "string",
        "enum": ["true"],
        "description": "There where more match than were counted.",
    },
    "Link": {
        "type": "string",
        "description": "The first, previous, next and last page (RFC 8288).",
    },
    "Preference-Applied": {
        "type": "string",
        "enum": ["count=exact"],
        "description": "There where the exact count was preferred.",
    },
}
PREFER: Mapping[str, Schema] = {
    "Prefer": {
        "type": "string",
        "description": "`count=exact` counts all that match, however long it takes.",
        "examples": ["count=exact"],
    }
}


def page_of(shape: Any, what: str) -> Mapping[int, Answer]:
    """Return the answers of a list: one page, as a bare array."""
    return {200: Answer(f"One page of {what}.", [shape], headers=PAGE_HEADERS)}


def shown(shape: Any, what: str) -> Mapping[int, Answer]:
    """Return the answers of what shows one thing with its tag."""
    return {200: Answer(what, shape, headers={"ETag": ETAG})}


def made(shape: Any, what: str) -> Mapping[int, Answer]:
    """Return the answers of what makes one thing."""
    return {201: Answer(what, shape, headers={"ETag": ETAG, "Location": LOCATION})}


def gone(what: str) -> Mapping[int, Answer]:
    """Return the answers of what takes one thing away."""
    return {204: Answer(what)}
