from typing import Any

from usersvc.api.filters import StrictFilterSet
from usersvc.api.parameters import Earliest, Latest, Number, Search, Uuid, Word

from ..filtering import DIRECTION_HELP, SORT_HELP, sort_key

PAGE_SIZE = 20
SORT_WORDS = {"name": "name", "created_at": "created_at", "updated_at": "updated_at"}


class NamedFilterSet(StrictFilterSet):
    """The question about things that have a name, within what the caller sees."""

    sort_words = SORT_WORDS

    sort_by = Word(
        allowed=SORT_WORDS,
        label="Sorted by",
        help_text=SORT_HELP,
    )
    sort_order = Word(allowed=["asc", "desc"], label="Direction", help_text=DIRECTION_HELP)
    search = Search(
        example="berlin",
        asks="search",
        label="Search",
        help_text="Each word must occur in the name or the description, in any case.",
    )
    created_at_from = Earliest(
        asks="created_between", label="Created from", help_text="Created at this instant or later."
    )
    created_at_to = Latest(
        asks="created_between",
        after="created_at_from",
        label="Created to",
        help_text="Created at this instant or earlier.",
    )
    updated_at_from = Earliest(
        asks="updated_between",
        label="Updated from",
        help_text="Changed last at this instant or later.",
    )
    updated_at_to = Latest(
        asks="updated_between",
        after="updated_at_from",
        label="Updated to",
        help_text="Changed last at this instant or earlier.",
    )
    page = Number(least=1, label="Page", initial=1, help_text="The number of the page.")
    page_size = Number(
        least=1, most=100, label="Page size", initial=PAGE_SIZE, help_text="How many a page holds."
    )

    def rows(self) -> Any:
        """Return the rows asked for, in order; RequestInvalid when it is not understood."""
        self.check()
        answers = self.answers
        key = sort_key(answers["sort_by"], answers["sort_order"], self.sort_words)
        return self.found().sorted_by(key)

    def found(self) -> Any:
        """Return the rows that match."""
        return self.filter_queryset(self.queryset)


class SiteFilterSet(NamedFilterSet):
    """The question about sites."""

    organization_id = Uuid(
        asks="in_organizations",
        label="Organization",
        help_text="Those of this organization, by its id.",
    )
