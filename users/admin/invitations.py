"""Who was invited, and what became of it."""

from typing import Any

from django.contrib import admin
from django.contrib.admin.options import IncorrectLookupParameters
from django.db.models import QuerySet
from django.http import HttpRequest
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from usersvc import clock

from ..invitations import Invite, Revoke
from ..models import Invitation, User
from ..models.invitation import InvitationState
from .actions import carry_out_and_tell
from .shared import PresentedAdmin
from .showing import badge

TONES = {
    InvitationState.PENDING: "info",
    InvitationState.UNSENT: "warn",
    InvitationState.EXPIRED: "warn",
    InvitationState.REVOKED: "bad",
    InvitationState.ACCEPTED: "good",
}


class StateFilter(admin.SimpleListFilter):
    title, parameter_name = _("state"), "state"
    template = "admin/users/shared/tabs.html"

    def lookups(self, request: HttpRequest, model_admin: Any) -> Any:
        return InvitationState.choices

    def queryset(self, request: HttpRequest, invitations: Any) -> Any:
        word = self.value()
        if not word:
            return invitations
        if word not in InvitationState.values:
            raise IncorrectLookupParameters(f"state: {word}")
        return invitations.in_state(word, clock.now())


@admin.register(Invitation)
class InvitationAdmin(PresentedAdmin):
    """Invitations of the people in sight: sent again or revoked, and otherwise only looked at."""

    icon = "mail-plus"
    intro = _("Who was sent a link to choose a password, and what became of it.")
    empty = _("Nobody was invited yet")
    empty_hint = _("Tick people in the list of users and invite them: they are shown here.")

    fields = readonly_fields = (
        "person",
        "state",
        "invited_by",
        "times_sent",
        "sent_at",
        "expires_at",
        "accepted_at",
        "revoked_at",
    )
    list_display = ["person", "state", "sent_at", "expires_at", "times_sent", "invited_by"]
    list_filter = [StateFilter]
    list_select_related = ["person", "invited_by"]
    ordering = ["-sent_at", "-id"]
    sortable_by = ["sent_at", "expires_at"]
    actions = ["invite", "revoke_invitation"]

    def get_queryset(self, request: HttpRequest) -> Any:
        return Invitation.objects.visible_to(request.user)

    @admin.display(description=_("state"))
    def state(self, invitation: Invitation) -> str:
        state = invitation.state(clock.now())
        return badge(str(state.label), TONES[state])

    # -- who may

    def has_module_permission(self, request: HttpRequest) -> bool:
        return self.has_view_permission(request)

    def has_view_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        user: Any = request.user
        return bool(user.has_perm("users.view_user"))

    def has_manage_permission(self, request: HttpRequest) -> bool:
        """Return whether the user may invite and revoke."""
        user: Any = request.user
        return bool(user.has_perm("users.manage_user"))

    def has_add_permission(self, request: HttpRequest) -> bool:
        return False

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False

    # -- what is done to the people

    @admin.action(description=_("Send selected invitations again"), permissions=["manage"])
    def invite(self, request: HttpRequest, queryset: QuerySet[Any]) -> None:
        self._apply(Invite(), gettext("invited"), request, queryset)

    @admin.action(description=_("Revoke selected invitations"), permissions=["manage"])
    def revoke_invitation(self, request: HttpRequest, queryset: QuerySet[Any]) -> None:
        self._apply(Revoke(), gettext("no longer invited"), request, queryset)

    def _apply(self, action: Any, done: str, request: HttpRequest, rows: QuerySet[Any]) -> None:
        people = User.objects.visible_to(request.user)
        invited = people.with_ids(list(rows.values_list("person_id", flat=True)))
        carry_out_and_tell(request, action, done, invited)
