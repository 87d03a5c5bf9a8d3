from collections.abc import Mapping
from typing import Any

from rest_framework.exceptions import ValidationError

from usersvc.api.errors import Fault, RequestInvalid

from ...bulk_runs import Ids
from ...models import User
from ...querysets import UserQuerySet
from ..directory.filters import UserFilterSet

# Understood, a page would still not be what somebody who writes page_size=10 expects of a write.
NO_FILTERS = ("sort_by", "sort_order", "page", "page_size")
EMPTY = 'is empty, which means everybody: say so with "everybody": true'
NOT_EMPTY = 'goes with "filters": {} only'


class TargetFilterSet(UserFilterSet):
    """The directory's filters, of the living; for a restoration, of the deleted."""

    def __init__(self, data: Mapping[str, Any], actor: Any, deleted: bool) -> None:
        super().__init__(data, actor)
        self.deleted = deleted

    def contradictions(self) -> list[Fault]:
        options = [name for name in NO_FILTERS if name in self.data]
        return super().contradictions() + [Fault(name, "is no filter") for name in options]

    def alive(self, people: UserQuerySet) -> UserQuerySet:
        return people.deleted() if self.deleted else people.living()


def ids_meant(actor: User, body: Mapping[str, Any]) -> Ids:
    """Return the ids of everybody whom a body means, found or not, in order."""
    if "ids" in body:
        return Ids(sorted(set(body["ids"])))
    question = TargetFilterSet(body["filters"], actor, deleted=body["action"] == "restore")
    try:
        people = question.people()
    except RequestInvalid as error:
        faults = [Fault(f"filters.{one.key}", one.message, one.value) for one in error.faults]
        raise RequestInvalid(faults, error.details) from error
    if not question.given() and not body["everybody"]:
        raise ValidationError({"filters": [EMPTY]})
    if question.given() and body["everybody"]:
        raise ValidationError({"everybody": [NOT_EMPTY]})
    return Ids.of(people)
