from collections.abc import Sequence
from typing import Any

from exports.models import JobQuerySet, State
from usersvc.api.filters import StrictFilterSet
from usersvc.api.parameters import Boolean, Ids, Number, Text, Words

from ...querysets import SortKey, UserQuerySet
from ..filtering import PeopleFilterSet

# the document's word: the states of a job that it means
STATUSES = {
    "pending": (State.QUEUED,),
    "processing": (State.RUNNING,),
    "completed": (State.DONE,),
    "failed": (State.FAILED, State.CANCELLED),
}
PAGE_SIZE = 50  # of connections; the public API's
CONNECTION_FIELDS = ("id", "name", "domain", "is_builtin")


class UserFilterSet(PeopleFilterSet):
    """The people of a job: what its body asks with, once it is understood."""

    connection_id = Ids(
        asks="of_connections", label="Connection", help_text="Those of any of these connections."
    )

    def in_order(self, people: UserQuerySet) -> UserQuerySet:
        return people.sorted_by(SortKey("id"))


class JobFilterSet(StrictFilterSet):
    """The question about jobs."""

    status = Words(
        method="with_status", allowed=STATUSES, help_text="Jobs of any of these statuses."
    )
    page = Number(least=1, initial=1, help_text="The number of the page.")
    page_size = Number(least=1, most=100, initial=20, help_text="How many jobs a page holds.")

    def with_status(self, jobs: JobQuerySet, name: str, value: Sequence[str]) -> JobQuerySet:
        return jobs.in_states([state for word in value for state in STATUSES[word]])


class ConnectionFieldsFilterSet(StrictFilterSet):
    """The question what to show of a connection, in the words of the public API's clients."""

    fields = Words(
        allowed=CONNECTION_FIELDS,
        help_text="The fields to show, or those to leave out where include_fields is false.",
    )
    include_fields = Boolean(
        initial=True, help_text="Whether fields names what is shown, or what is left out."
    )

    @property
    def shown_fields(self) -> list[str]:
        """The fields asked for, or all but those when they are to be left out."""
        named = self.answers["fields"]
        if not named:
            return list(CONNECTION_FIELDS)
        included = self.answers["include_fields"] is not False
        return [name for name in CONNECTION_FIELDS if (name in named) == included]


class ConnectionFilterSet(ConnectionFieldsFilterSet):
    """The question about connections; pages are asked for by number or by what came last."""

    name = Text(example="Partners", asks="named", help_text="The connection of this name.")
    page = Number(least=0, most=10**6, help_text="The number of the page, from 0.")
    per_page = Number(least=1, most=100, help_text="How many connections a page holds.")
    take = Number(
        least=1, most=100, help_text="How many connections a page holds, for paging by from."
    )
    include_totals = Boolean(
        help_text="Whether the connections come in an object, with how many there are."
    )

    @classmethod
    def get_filters(cls) -> dict[str, Any]:
        """Add from, which no class body can name."""
        inherited: dict[str, Any] = super().get_filters()  # type: ignore[no-untyped-call]
        return inherited | {
            "from": Text(
                asks="after",
                example="con_0000000000000001",
                help_text="The id of the last connection of the page before.",
            )
        }

    @property
    def window(self) -> slice:
        """Which of the connections are shown: all unless a page is asked for."""
        page, size = self.answers["page"], self.answers["take"] or self.answers["per_page"]
        if page is None and size is None:
            return slice(None)
        size = size or PAGE_SIZE
        start = (page or 0) * size
        return slice(start, start + size)

    @property
    def wants_envelope(self) -> bool:
        """Whether the connections come in an object, as pages of them do."""
        answers = self.answers
        return bool(answers["include_totals"] or answers["take"] or answers["from"])
