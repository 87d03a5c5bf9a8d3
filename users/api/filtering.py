"""What the FilterSets of all families share: they ask about people, on behalf of somebody."""

from collections.abc import Iterable, Mapping
from typing import Any

from exports.formats import FORMATS
from usersvc import clock
from usersvc.api.filters import StrictFilterSet
from usersvc.api.parameters import Word, Words

from ..models import User
from ..querysets import SortKey, UserQuerySet

SEARCH_HELP = (
    "Each word must occur in the id, username, e-mail address, name or description, in any case."
)
SORT_HELP = "The field to sort by; alone, in ascending order. Without it, the newest come first."
DIRECTION_HELP = "The direction; alone, by created_at."


class PeopleFilterSet(StrictFilterSet):
    """A family's question about people; people() answers it within the actor's sight."""

    def __init__(self, data: Mapping[str, Any], actor: Any) -> None:
        super().__init__(data, User.all_objects.all())
        self.actor = actor
        self.at = clock.now()  # the one moment at which everything in the answer is true

    def people(self) -> UserQuerySet:
        """Return the people asked for, in order; RequestInvalid when it is not understood."""
        self.check()
        self.find_places()
        visible = User.all_objects.visible_to(self.actor)
        return self.in_order(self.alive(self.filter_queryset(visible)))

    def find_places(self) -> None:
        """Raise NotFound for a place that is not in sight; most families have none such."""

    def alive(self, people: UserQuerySet) -> UserQuerySet:
        """Leave deleted people out; a family that can ask for them overrides this."""
        return people.living()

    def in_order(self, people: UserQuerySet) -> UserQuerySet:
        """Sort; a family that offers orders overrides this."""
        return people.newest_first()

    def words(self) -> list[tuple[str, str]]:
        """Return the filters that were given, as labels and texts for a reader."""
        pairs = []
        for name, value in self.given().items():
            parameter = self.filters[name]
            if parameter.asks is not None or parameter.method is not None:
                describe = getattr(self, f"describe_{name}", None)
                values = [str(item) for item in (value if isinstance(value, list) else [value])]
                pairs.append((parameter.label, ", ".join(describe(values) if describe else values)))
        return pairs


def sort_key(by: str | None, direction: str | None, words: Mapping[str, str]) -> SortKey:
    """Return the key of a single-key order.

    Neither given: newest first; a word alone: ascending; a direction alone: of created_at.
    """
    if by is None and direction is None:
        return SortKey("created_at", descending=True)
    return SortKey(words[by] if by else "created_at", descending=direction == "desc")


def asking_for_files(
    filterset: type[PeopleFilterSet], fields: Iterable[str]
) -> type[PeopleFilterSet]:
    """Return the FilterSet that asks for a file of what another one asks for.

    Its format is any, _fields are the columns in their order, and it knows no pages.
    """
    options = {
        "format": Word(allowed=FORMATS, required=True, label="Format"),
        "_fields": Words(allowed=fields, arrays=True, label="Columns"),
    }
    # None takes a parameter of the other one's away.
    pages = dict.fromkeys(filterset.base_filters.keys() & {"page", "page_size"})  # type: ignore[attr-defined]
    return type("UserFilterSet", (filterset,), options | pages)
