"""The columns that the list of people can show, and who chooses which."""

from collections.abc import Sequence
from typing import Any

from django.contrib import admin
from django.utils.html import format_html
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from ..status import AccountState, Status
from ..templatetags.people import initials, tone
from .showing import badge, instant

FIRST = "person"
DEFAULT = ("person", "email", "organization", "standing", "state", "signed_in", "created")
ALL = (
    *DEFAULT,
    "username",
    "name",
    "given_name",
    "family_name",
    "phone",
    "user_type",
    "role_names",
    "group_names",
    "site_names",
    "tag_names",
    "connection",
    "second_factor",
    "verified",
    "login_count",
    "updated",
    "password_expires",
    "access_ends",
)
# What a column needs beside the person's own row.
JOINED = ("organization", "connection")
GATHERED = {"role_names": "roles", "group_names": "groups", "site_names": "sites"}
GATHERED |= {"tag_names": "tags"}
TONES = {
    Status.ACTIVE: "good",
    Status.ONBOARDING: "info",
    Status.INACTIVE: "",
    Status.SUSPENDED: "bad",
    Status.RISKY: "warn",
}


def known(columns: Sequence[str]) -> list[str]:
    """Return the columns that there are, the person's own first; those of everybody for none."""
    chosen = [name for name in dict.fromkeys(columns) if name in ALL and name != FIRST]
    return [FIRST, *chosen] if chosen else list(DEFAULT)


def _joined(rows: Any) -> str:
    return ", ".join(sorted(row.name for row in rows.all()))


class PeopleColumns(admin.ModelAdmin):
    """How each column shows a person."""

    @admin.display(description=_("user"), ordering="name_key")
    def person(self, person: Any) -> str:
        return format_html(
            '<span class="person"><span class="initials tone-{}" aria-hidden="true">{}</span>'
            '<span class="names"><span class="first">{}</span>'
            '<span class="second">{}</span></span></span>',
            tone(person),
            initials(person),
            person.name,
            person.username,
        )

    @admin.display(description=_("status"), ordering="status")
    def standing(self, person: Any) -> str:
        return badge(person.get_status_display(), TONES[person.status])

    @admin.display(description=_("account state"))
    def state(self, person: Any) -> str:
        if person.account_state is None:
            return gettext("Deleted")
        return str(AccountState(person.account_state).label)

    @admin.display(description=_("last sign-in"), ordering="last_login")
    def signed_in(self, person: Any) -> str:
        return instant(person.last_login) or gettext("Never")

    @admin.display(description=_("created"), ordering="created_at")
    def created(self, person: Any) -> str:
        return instant(person.created_at)

    @admin.display(description=_("changed"), ordering="updated_at")
    def updated(self, person: Any) -> str:
        return instant(person.updated_at)

    @admin.display(description=_("password expires"), ordering="password_expires_at")
    def password_expires(self, person: Any) -> str:
        return instant(person.password_expires_at)

    @admin.display(description=_("access ends"), ordering="access_ends_at")
    def access_ends(self, person: Any) -> str:
        return instant(person.access_ends_at)

    @admin.display(description=_("second factor"))
    def second_factor(self, person: Any) -> str:
        return badge(gettext("Yes"), "good") if person.mfa_enabled else badge(gettext("No"), "")

    @admin.display(description=_("e-mail verified"))
    def verified(self, person: Any) -> str:
        return (
            badge(gettext("Yes"), "good") if person.email_verified else badge(gettext("No"), "warn")
        )

    @admin.display(description=_("roles"))
    def role_names(self, person: Any) -> str:
        return _joined(person.roles)

    @admin.display(description=_("groups"))
    def group_names(self, person: Any) -> str:
        return _joined(person.groups)

    @admin.display(description=_("sites"))
    def site_names(self, person: Any) -> str:
        return _joined(person.sites)

    @admin.display(description=_("tags"))
    def tag_names(self, person: Any) -> str:
        return _joined(person.tags)
