from collections.abc import Sequence

from usersvc.api.parameters import Ids, Search, Word, Words

from ...models import Organization, Role
from ...querysets import UserQuerySet
from ...status import ExportStatus
from ..filtering import DIRECTION_HELP, SEARCH_HELP, SORT_HELP, PeopleFilterSet, sort_key
from .serializers import FORMAT_WORDS

SORT_WORDS = {
    "name": "name",
    "email": "email",
    "username": "username",
    "created_at": "created_at",
    "updated_at": "updated_at",
    "latest_login_at": "last_login",
    "organization": "organization",
    "status": "export_status",
}


class UserFilterSet(PeopleFilterSet):
    """The parameters of the export document."""

    format = Word(
        allowed=FORMAT_WORDS, required=True, label="Format", help_text="The format of the file."
    )
    sort_by = Word(
        allowed=SORT_WORDS,
        label="Sorted by",
        help_text=SORT_HELP,
    )
    sort_direction = Word(allowed=["asc", "desc"], label="Direction", help_text=DIRECTION_HELP)
    organization_id = Ids(
        asks="in_organizations",
        label="Organization",
        example="org_acme_europe",
        help_text="Those who belong to any of these organizations, by their external ids.",
    )
    status = Words(
        asks="with_export_status",
        allowed=ExportStatus.values,
        label="Status",
        help_text="Those of any of these statuses; deleted users only where asked for.",
    )
    role = Ids(
        example="0190d0a5-5ac4-7e2c-9f3d-2f7c1a1f6b10",
        asks="with_roles",
        label="Role",
        help_text="Those who have any of these roles, by their ids.",
    )
    search = Search(
        asks="search",
        label="Search",
        example="ben",
        help_text=SEARCH_HELP,
    )

    def alive(self, people: UserQuerySet) -> UserQuerySet:
        """Leave deleted people out unless status asks for them."""
        return people if self.answers["status"] else people.living()

    def in_order(self, people: UserQuerySet) -> UserQuerySet:
        key = sort_key(self.answers["sort_by"], self.answers["sort_direction"], SORT_WORDS)
        return people.sorted_by(key)

    def describe_organization_id(self, values: Sequence[str]) -> list[str]:
        """Return the names of the organizations in sight; the others as they were given."""
        visible = Organization.objects.visible_to(self.actor)
        return list(visible.names_of("external_id", values))

    def describe_role(self, values: Sequence[str]) -> list[str]:
        """Return the names of the roles; what names none as it was given."""
        return list(Role.objects.names_of("id", values))
