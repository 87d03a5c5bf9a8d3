from django.urls import path
from django.urls.resolvers import URLPattern

from .policy import PolicyView
from .views import (
    MoveView,
    OrganizationListView,
    OrganizationView,
    ReactivateView,
    RestoreView,
    SuspendView,
)

ADDRESSES = {
    "": OrganizationListView,
    "/<str:pk>": OrganizationView,
    "/<str:pk>/suspend": SuspendView,
    "/<str:pk>/reactivate": ReactivateView,
    "/<str:pk>/restore": RestoreView,
    "/<str:pk>/move": MoveView,
    "/<str:pk>/policy": PolicyView,
}

urlpatterns: list[URLPattern] = [
    path(f"{prefix}organizations{address}", view.as_view())
    for prefix in ("", "api/")
    for address, view in ADDRESSES.items()
]
