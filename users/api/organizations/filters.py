from typing import Any

from usersvc.api.parameters import Uuid, Word, Words

from ...models.organization import OrganizationState
from ..filtering import SORT_HELP
from ..named.filters import SORT_WORDS, NamedFilterSet


class OrganizationFilterSet(NamedFilterSet):
    """The question about organizations; deleted ones are shown where status asks for them."""

    sort_words = SORT_WORDS | {"external_id": "external_id"}

    sort_by = Word(allowed=sort_words, label="Sorted by", help_text=SORT_HELP)
    parent_id = Uuid(
        method="right_below",
        label="Parent",
        help_text="Those right below this organization, by its id.",
    )
    status = Words(
        asks="in_states",
        allowed=OrganizationState.values,
        label="Status",
        help_text="Those of any of these statuses; deleted ones only where asked for.",
    )

    def right_below(self, rows: Any, name: str, value: str) -> Any:
        """Return the rows right below an organization; nothing lies below one out of sight."""
        seen = self.queryset.with_id(value).exists()
        return rows.children_of([value]) if seen else rows.none()

    def found(self) -> Any:
        rows = super().found()
        return rows if self.answers["status"] else rows.living()
