"""Permissions in plain words, grouped by what they allow."""

from typing import Any

from django.utils.translation import gettext_lazy as _

# title of a group: what the permissions in it allow, by their code names
GROUPS: list[tuple[Any, dict[str, Any]]] = [
    (
        _("People"),
        {
            "view_user": _("See people"),
            "view_user_metadata": _("See who created and changed a person"),
            "export_user": _("Take files of people"),
            "manage_user": _("Add, change, invite and suspend people"),
            "delete_user": _("Delete and restore people"),
            "destroy_user": _("Destroy people for good"),
        },
    ),
    (
        _("Structure"),
        {
            "view_organization": _("See organizations"),
            "manage_organization": _("Add, change and move organizations, and their policies"),
            "view_site": _("See sites"),
            "manage_site": _("Add and change sites"),
            "view_group": _("See groups"),
            "manage_group": _("Add and change groups"),
            "view_tag": _("See tags"),
            "manage_tag": _("Add and change tags"),
        },
    ),
    (
        _("Access"),
        {
            "access_admin": _("Enter these pages"),
            "view_role": _("See roles"),
            "manage_role": _("Add and change roles"),
            "view_connection": _("See connections"),
            "manage_connection": _("Add and change connections"),
            "view_webhook": _("See webhooks"),
            "manage_webhook": _("Have webhooks, by which programs are told of what happens"),
            "act_as_service_account": _("Make and revoke service accounts"),
        },
    ),
    (_("Record"), {"view_auditentry": _("Read the audit")}),
]
WORDS = {codename: words for _title, group in GROUPS for codename, words in group.items()}


def words_of(codename: str) -> str:
    """Return what a permission allows; its code name where no words are known."""
    return str(WORDS.get(codename, codename))
