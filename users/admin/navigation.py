"""The admin's navigation: its pages in groups, for who may see them."""

from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Any

from django.http import HttpRequest
from django.urls import reverse
from django.utils.translation import gettext, gettext_noop

FOR_PROGRAMS = gettext_noop("For programs")
# title of a group: (name of the model, icon) of its pages
GROUPS: dict[str, list[tuple[str, str]]] = {
    gettext_noop("People"): [("User", "users"), ("Invitation", "mail-plus")],
    gettext_noop("Structure"): [
        ("Organization", "building-2"),
        ("Site", "map-pin"),
        ("Group", "users-round"),
        ("Tag", "tag"),
    ],
    gettext_noop("Access"): [
        ("Role", "shield-check"),
        ("ServiceAccount", "bot"),
        ("Connection", "plug"),
    ],
    gettext_noop("Record"): [
        ("Job", "file-down"),
        ("ExportSchedule", "calendar-clock"),
        ("AuditEntry", "scroll-text"),
    ],
    FOR_PROGRAMS: [("Webhook", "webhook")],
}


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
    user: Any = request.user
    if user.has_perm("users.view_user"):
        there = reverse("admin:reports")
        link = Link(gettext("Reports"), there, "chart-column", request.path == there)
        groups[0].links.append(link)
    for title, pages in GROUPS.items():
        links = [
            _link(request, models[name], icon)
            for name, icon in pages
            if models.get(name, {}).get("admin_url")
        ]
        if title == FOR_PROGRAMS:
            docs = Link(gettext("API documentation"), reverse("docs"), "code", is_current=False)
            links.append(docs)
        groups.append(Group(gettext(title), links))
    return [group for group in groups if group.links]


def _link(request: HttpRequest, model: dict[str, Any], icon: str) -> Link:
    address = str(model["admin_url"])
    label = str(model["name"])
    return Link(label[:1].upper() + label[1:], address, icon, request.path.startswith(address))
