from typing import Any

from usersvc.api.filters import StrictFilterSet
from usersvc.api.parameters import Earliest, Latest, Number, Search, Uuid, Word

from ..filtering import sort_key

SORT_WORDS = {"name": "name", "created_at": "created_at", "updated_at": "updated_at"}


class NamedFilterSet(StrictFilterSet):
    """The question about things that have a name, within what the caller sees."""

    sort_words = SORT_WORDS

    sort_by = Word(allowed=SORT_WORDS, label="Sorted by")
    sort_order = Word(allowed=["asc", "desc"], label="Direction")
    search = Search(asks="search", label="Search")
    created_at_from = Earliest(asks="created_between", label="Created from")
    created_at_to = Latest(asks="created_between", after="created_at_from", label="Created to")
    updated_at_from = Earliest(asks="updated_between", label="Updated from")
    updated_at_to = Latest(asks="updated_between", after="updated_at_from", label="Updated to")
    page = Number(least=1, label="Page")
    page_size = Number(least=1, most=100, label="Page size")

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

    organization_id = Uuid(asks="in_organizations", label="Organization")
