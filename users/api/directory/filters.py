from collections.abc import Mapping
from typing import Any, cast

from usersvc.api.errors import Refusal
from usersvc.api.fields import WordField
from usersvc.api.parameters import Earliest, Latest, Number, Search, Uuid, Word, Words

from ...columns import METADATA
from ...models import User
from ...querysets import UserQuerySet
from ..filtering import PeopleFilterSet, sort_key
from .serializers import FIELDS

METADATA_FILTERS = ("id", "created_by", "updated_by")
# What is shown can be sorted by.
SORT_WORDS = FIELDS
METADATA_SORT_WORDS = {"created_by": "created_by", "updated_by": "updated_by"}


class UserFilterSet(PeopleFilterSet):
    """The parameters of the directory document."""

    sort_by = Word(allowed=[*SORT_WORDS, *METADATA_SORT_WORDS], label="Sorted by")
    sort_order = Word(allowed=["asc", "desc"], label="Direction")
    id = Uuid(asks="with_ids", label="Id")
    created_by = Uuid(asks="created_by", label="Created by")
    updated_by = Uuid(asks="updated_by", label="Updated by")
    user_type = Words(asks="of_type", allowed=User.Type.values, label="User type")
    status = Words(asks="with_status", allowed=User.Status.values, label="Status")
    created_at_from = Earliest(asks="created_between", label="Created from")
    created_at_to = Latest(asks="created_between", after="created_at_from", label="Created to")
    updated_at_from = Earliest(asks="updated_between", label="Updated from")
    updated_at_to = Latest(asks="updated_between", after="updated_at_from", label="Updated to")
    search = Search(asks="search", label="Search")
    page = Number(least=1, label="Page")
    page_size = Number(least=1, most=100, label="Page size")

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
