"""A list of the admin that answers a question, and tells what narrows it."""

from dataclasses import dataclass
from typing import Any

from django.contrib.admin.views.main import PAGE_VAR
from django.http import HttpRequest, QueryDict

from usersvc.api.errors import Fault

from .base import StrictList


@dataclass(frozen=True)
class Chip:
    """One value of a filter: what it says, and the address of the list without it."""

    label: str
    text: str
    without: str
    is_wrong: bool


class QuestionList(StrictList):
    """A page of what a FilterSet asks for, in place of the admin's own filters."""

    question: Any
    faults: list[Fault]
    # What an address holds beside the filters.
    not_filters: frozenset[str] = frozenset({PAGE_VAR})

    def get_filters(self, request: HttpRequest) -> Any:
        return [], False, {}, False, False

    @property
    def chips(self) -> list[Chip]:
        """The values that narrow the list; those that are not understood, too."""
        wrong = {fault.key for fault in self.faults}
        filters = self.question.filters
        return [
            Chip(
                str(filters[name].label) if name in filters else name,
                self.question.text_of(name, value),
                self.without(name, value),
                name in wrong,
            )
            for name, values in self.question.data.lists()
            for value in values
            if name not in self.not_filters and value.strip()
        ]

    def without(self, name: str, value: str) -> str:
        """Return the address of the list's first page without one value of a filter."""
        query = QueryDict(mutable=True)
        for key, values in self.filter_params.items():
            query.setlist(key, [one for one in values if (key, one) != (name, value)])
        query.pop(PAGE_VAR, None)
        return f"?{query.urlencode()}"

    @property
    def previous_page(self) -> str:
        """The address of the page before."""
        return self.get_query_string({PAGE_VAR: self.page_num - 1})

    @property
    def next_page(self) -> str:
        """The address of the page after."""
        return self.get_query_string({PAGE_VAR: self.page_num + 1})
