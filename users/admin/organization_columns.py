"""The columns of the tree of organizations."""

from collections.abc import Mapping
from typing import Any

from django.contrib import admin
from django.template.loader import render_to_string
from django.urls import reverse
from django.utils.html import format_html
from django.utils.translation import gettext, ngettext
from django.utils.translation import gettext_lazy as _

from ..models.organization import OrganizationState
from ..trees import Node
from . import organization_verbs, policy_words
from .shared import people_address, people_link
from .showing import badge

DEEPEST = 9
TONES = {
    OrganizationState.ACTIVE: "good",
    OrganizationState.SUSPENDED: "bad",
    OrganizationState.DELETED: "",
}


class OrganizationColumns(admin.ModelAdmin):
    """What a row of the tree tells; OrganizationTree has dressed it."""

    @admin.display(description=_("name"))
    def branch(self, organization: Any) -> str:
        context = {"row": organization, "depth": min(organization.depth, DEEPEST)}
        return render_to_string("admin/users/organization/branch.html", context)

    @admin.display(description=_("people, with those below"))
    def headcount(self, organization: Any) -> str:
        address = people_address("organization", organization.pk)
        return people_link(address, organization.headcount, capped=False)

    @admin.display(description=_("right below"))
    def below(self, organization: Any) -> str:
        number = len(organization.node.children)
        if not number:
            return self.get_empty_value_display()
        address = f"{reverse('admin:users_organization_changelist')}?below={organization.pk}"
        words = ngettext("%d organization", "%d organizations", number) % number
        return format_html('<a href="{}">{}</a>', address, words)

    @admin.display(description=_("policy"))
    def rules(self, organization: Any) -> str:
        held = organization.policy_told
        own = sum(each.organization_id == organization.pk for each in held.values())
        rules = ngettext("%d rule of its own", "%d rules of its own", own) % own if own else ""
        by = source(held["mfa"].organization_id, organization.pk, organization.seen)
        words = policy_words.told("mfa", held["mfa"].value)
        return format_html(
            '<span class="rule">{}{}</span>{}',
            words,
            f" ({by})" if by else "",
            format_html('<span class="second">{}</span>', rules) if rules else "",
        )

    @admin.display(description=_("state"))
    def state_of(self, organization: Any) -> str:
        return badge(str(organization.state.label), TONES[organization.state])

    @admin.display(description=_("do"))
    def verbs(self, organization: Any) -> str:
        context = {
            "row": organization,
            "verbs": organization_verbs.of(organization, organization.may),
            "may_add": organization.may["manage"],
        }
        return render_to_string("admin/users/organization/verbs.html", context)


def source(by: Any, own: Any, seen: Mapping[Any, Node]) -> str:
    """Return who decided a rule of an organization; what is out of sight has no name."""
    if by is None:
        return gettext("as shipped")
    if by == own:
        return ""
    return gettext("from %s") % (seen[by].name if by in seen else gettext("an organization above"))
