"""The page of one organization: where it lies, how it is, who is in it, and what holds there."""

from dataclasses import dataclass
from typing import Any

from django.contrib import admin
from django.http import HttpRequest
from django.urls import reverse
from django.utils.functional import cached_property
from django.utils.html import format_html
from django.utils.translation import gettext

from .. import numbers
from ..models import Organization, User
from ..models.organization import OrganizationState
from ..status import Status
from ..trees import Node, PoliciesInSight, Tree
from . import organization_verbs, policy_words
from .organization_columns import TONES, source
from .shared import people_address
from .showing import badge, moment

# So many children are shown; the tree shows all.
CHILDREN = 12
STATUS_TONES = {
    Status.ACTIVE: "good",
    Status.ONBOARDING: "info",
    Status.SUSPENDED: "bad",
    Status.RISKY: "warn",
}


@dataclass(frozen=True)
class Rule:
    """One rule that holds: what it is called, what it says, and who says so."""

    label: Any
    words: str
    source: str
    address: str
    is_own: bool


@dataclass(frozen=True)
class Count:
    """How many people are in a status, and where they are listed."""

    label: str
    number: int
    address: str
    tone: str


class Portrait:
    """What the page tells of an organization, in the sight of whoever looks."""

    def __init__(self, actor: Any, organization: Organization) -> None:
        self._actor, self.organization = actor, organization
        self._tree = Tree(actor)
        self.path = self._tree.path(organization.pk)

    @property
    def badge(self) -> str:
        """The state."""
        state = self.organization.state
        return badge(str(state.label), TONES[state])

    @property
    def reason(self) -> str:
        """Since when it is not active, or what above it is not; empty for neither."""
        at = self.organization.deleted_at or self.organization.suspended_at
        if at is not None:
            return format_html(gettext("since {} UTC"), moment(at))
        for node in reversed(self.path):
            if node.state is not OrganizationState.ACTIVE:
                return format_html(
                    gettext("but {}, above it, is {}: so are the people it took along"),
                    node.name,
                    str(node.state.label).lower(),
                )
        return ""

    @cached_property
    def counts(self) -> list[Count]:
        """How many people are in it and below, by status, with their lists."""
        people = User.objects.visible_to(self._actor).in_subtree(self.organization.pk)
        found = numbers.by_status(people)
        everybody = people_address("organization", self.organization.pk)
        total = Count(gettext("All"), sum(found.values()), everybody, "")
        return [total] + [
            Count(
                str(Status(word).label),
                number,
                f"{everybody}&status={word}",
                STATUS_TONES.get(Status(word), ""),
            )
            for word, number in found.items()
        ]

    @property
    def children(self) -> list[Node]:
        """The first of those right below it."""
        below = self._tree.nodes[self.organization.pk].children
        return [self._tree.nodes[pk] for pk in below[:CHILDREN]]

    @property
    def child_count(self) -> int:
        """How many are right below it."""
        return len(self._tree.nodes[self.organization.pk].children)

    @cached_property
    def rules(self) -> list[Rule]:
        """The policy that holds, rule by rule, with where each comes from."""
        own = self.organization.pk
        held = PoliciesInSight(self._tree, [own]).of(own)
        return [self._rule(name, held[name]) for name in policy_words.WORDS]

    def _rule(self, name: str, decided: Any) -> Rule:
        by = decided.organization_id
        is_own = by == self.organization.pk
        seen = by in self._tree.nodes and not is_own
        return Rule(
            policy_words.WORDS[name][0],
            policy_words.told(name, decided.value),
            gettext("its own") if is_own else source(by, self.organization.pk, self._tree.nodes),
            reverse("admin:users_organization_change", args=[by]) if seen else "",
            is_own,
        )

    @property
    def verbs(self) -> list[organization_verbs.Verb]:
        """What whoever looks may do to it as it is."""
        return organization_verbs.of(self.organization, self.may)

    @cached_property
    def may(self) -> dict[str, bool]:
        """What whoever looks may do to organizations at all."""
        return organization_verbs.permissions(self._actor)


class OrganizationPage(admin.ModelAdmin):
    """The page of one organization, above its form."""

    def render_change_form(
        self, request: HttpRequest, context: dict[str, Any], *args: Any, **kwargs: Any
    ) -> Any:
        if (organization := kwargs.get("obj")) is not None:
            context["portrait"] = Portrait(request.user, organization)
        return super().render_change_form(request, context, *args, **kwargs)
