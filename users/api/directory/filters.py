from collections.abc import Mapping
from typing import Any, cast

from usersvc.api.errors import Refusal
from usersvc.api.fields import WordField
from usersvc.api.parameters import Earliest, Latest, Number, Search, Uuid, Word, Words

from ...columns import METADATA
from ...models import User
from ...querysets import UserQuerySet
from ..filtering import DIRECTION_HELP, SEARCH_HELP, SORT_HELP, PeopleFilterSet, sort_key
from .serializers import FIELDS

PAGE_SIZE = 20
METADATA_FILTERS = ("id", "created_by", "updated_by")
# What is shown can be sorted by.
SORT_WORDS = FIELDS
METADATA_SORT_WORDS = {"created_by": "created_by", "updated_by": "updated_by"}


class UserFilterSet(PeopleFilterSet):
    """The parameters of the directory document."""

    sort_by = Word(
        allowed=[*SORT_WORDS, *METADATA_SORT_WORDS],
        label="Sorted by",
        help_text=SORT_HELP,
    )
    sort_order = Word(allowed=["asc", "desc"], label="Direction", help_text=DIRECTION_HELP)
    id = Uuid(
        asks="with_ids", label="Id", help_text="The one of this id. Takes the metadata permission."
    )
    created_by = Uuid(
        asks="created_by",
        label="Created by",
        help_text="Those whom this user created. Takes the metadata permission.",
    )
    updated_by = Uuid(
        asks="updated_by",
        label="Updated by",
        help_text="Those whom this user changed last. Takes the metadata permission.",
    )
    user_type = Words(
        asks="of_type",
        allowed=User.Type.values,
        label="User type",
        help_text="Those of any of these types.",
    )
    status = Words(
        asks="with_status",
        allowed=User.Status.values,
        label="Status",
        help_text="Those of any of these statuses.",
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
    search = Search(
        asks="search",
        label="Search",
        example="ben",
        help_text=SEARCH_HELP,
    )
    page = Number(least=1, label="Page", initial=1, help_text="The number of the page.")
    page_size = Number(
        least=1,
        most=100,
        label="Page size",
        initial=PAGE_SIZE,
        help_text="How many users a page holds.",
    )

    def __init__(self, data: Mapping[str, Any], actor: Any) -> None:
        super().__init__(data, actor)
        self.sees_metadata = actor.has_perm(METADATA)
        if not self.sees_metadata:
            cast("WordField", self.form.fields["sort_by"]).allowed = list(SORT_WORDS)

    def check(self) -> None:
        """Refuse the filters that need the metadata permission before anything is understood."""
        asked = [
            name
            for name in METADATA_FILTERS
            if any(value.strip() for value in self.data.getlist(name))
        ]
        if asked and not self.sees_metadata:
            raise Refusal(403, f"insufficient permissions: {', '.join(asked)} requires {METADATA}")
        super().check()

    def in_order(self, people: UserQuerySet) -> UserQuerySet:
        words = SORT_WORDS | METADATA_SORT_WORDS
        return people.sorted_by(
            sort_key(self.answers["sort_by"], self.answers["sort_order"], words)
        )
