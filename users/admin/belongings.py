"""Sites, groups and tags: what people belong to beside their organization."""

from typing import Any

from django.contrib import admin
from django.http import HttpRequest
from django.utils.translation import gettext_lazy as _

from ..models import Group, Site, Tag
from .shared import SharedAdmin


@admin.register(Site)
class SiteAdmin(SharedAdmin):
    """The sites of the organizations in sight."""

    people_field, people_filter, icon = "sites", "site", "map-pin"
    intro = _("A site is a place of an organization at which people work.")
    empty = _("No sites yet")
    empty_hint = _("Add an office, a plant or a shop, and say of people that they work there.")
    fields = ["name", "organization", "description", "id", "created_at", "updated_at"]
    list_display = ["name", "organization", "about", "people"]
    list_select_related = ["organization"]
    autocomplete_fields = ["organization"]

    def in_sight(self, request: HttpRequest) -> Any:
        return Site.objects.visible_to(request.user)


@admin.register(Group)
class GroupAdmin(SharedAdmin):
    people_field, people_filter, icon = "groups", "group", "users-round"
    intro = _("A group is a set of people, such as a team. It gives no permissions: roles do.")
    empty = _("No groups yet")
    empty_hint = _("Add one for a team or a project, and put people into it.")
    fields = ["name", "description", "id", "created_at", "updated_at"]


@admin.register(Tag)
class TagAdmin(SharedAdmin):
    people_field, people_filter, icon = "tags", "tag", "tag"
    intro = _("A tag is a short word that people are marked with, to find them again.")
    empty = _("No tags yet")
    empty_hint = _("Add a word, such as “remote”, and mark people with it.")
    fields = ["name", "description", "id", "created_at", "updated_at"]
