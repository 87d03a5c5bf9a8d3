"""The admin's navigation: its pages in groups, for who may see them."""

from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Any

from django.http import HttpRequest
from django.urls import reverse
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

# title of a group: (name of the model, icon) of its pages
GROUPS: list[tuple[Any, list[tuple[str, str]]]] = [
    (_("People"), [("User", "users"), ("Invitation", "mail-plus")]),
    (
        _("Structure"),
        [
            ("Organization", "building-2"),
            ("Site", "map-pin"),
            ("Group", "users-round"),
            ("Tag", "tag"),
        ],
    ),
    (_("Access"), [("Role", "shield-check"), ("Connection", "plug")]),
    (_("Record"), [("Job", "file-down"), ("AuditEntry", "scroll-text")]),
]


@dataclass(frozen=True)
class Link:
    """A page of the navigation, and whether it, or one below it, is shown."""

    label: str
    address: str
    icon: str
    is_current: bool


@dataclass
class Group:
    """Pages under one title."""

    title: str
    links: list[Link] = field(default_factory=list)


def navigation(request: HttpRequest, apps: Iterable[dict[str, Any]]) -> list[Group]:
    """Return the groups that hold a page for the request's user."""
    models = {model["object_name"]: model for app in apps for model in app["models"]}
    home = reverse("admin:index")
    groups = [
        Group("", [Link(gettext("Overview"), home, "layout-dashboard", request.path == home)])
    ]
    for title, pages in GROUPS:
        links = [
            _link(request, models[name], icon)
            for name, icon in pages
            if models.get(name, {}).get("admin_url")
        ]
        groups.append(Group(str(title), links))
    return [group for group in groups if group.links]


def _link(request: HttpRequest, model: dict[str, Any], icon: str) -> Link:
    address = str(model["admin_url"])
    label = str(model["name"])
    return Link(label[:1].upper() + label[1:], address, icon, request.path.startswith(address))
