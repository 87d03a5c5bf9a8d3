from django.urls import path
from django.urls.resolvers import URLPattern

from .archives import ArchiveView
from .exports import ExportsView
from .invitations import InvitationView
from .members import (
    GroupsView,
    GroupView,
    RolesView,
    RoleView,
    SitesView,
    SiteView,
    TagsView,
    TagView,
)
from .verbs import (
    DestroyView,
    EraseView,
    LogoutView,
    MoveView,
    ReactivateView,
    ResetMfaView,
    RestoreView,
    SendPasswordResetView,
    SuspendView,
    UnlockView,
)
from .views import PersonView

ADDRESSES = {
    "": PersonView,
    "/suspend": SuspendView,
    "/reactivate": ReactivateView,
    "/restore": RestoreView,
    "/destroy": DestroyView,
    "/erase": EraseView,
    "/reset-mfa": ResetMfaView,
    "/logout": LogoutView,
    "/unlock": UnlockView,
    "/send-password-reset": SendPasswordResetView,
    "/invitation": InvitationView,
    "/move": MoveView,
    "/exports": ExportsView,
    "/archive": ArchiveView,
    "/roles": RolesView,
    "/roles/<uuid:other>": RoleView,
    "/groups": GroupsView,
    "/groups/<uuid:other>": GroupView,
    "/sites": SitesView,
    "/sites/<uuid:other>": SiteView,
    "/tags": TagsView,
    "/tags/<uuid:other>": TagView,
}

urlpatterns: list[URLPattern] = [
    path(f"{prefix}users/<uuid:pk>{address}", view.as_view())
    for prefix in ("", "api/")
    for address, view in ADDRESSES.items()
]
