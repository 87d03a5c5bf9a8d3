from django.urls import path
from django.urls.resolvers import URLPattern

from .views import (
    ConnectionListView,
    ConnectionView,
    GroupListView,
    GroupView,
    RoleListView,
    RoleView,
    SiteListView,
    SiteView,
    TagListView,
    TagView,
)

ADDRESSES = {
    "roles": RoleListView,
    "roles/<str:pk>": RoleView,
    "groups": GroupListView,
    "groups/<str:pk>": GroupView,
    "sites": SiteListView,
    "sites/<str:pk>": SiteView,
    "tags": TagListView,
    "tags/<str:pk>": TagView,
    "connections": ConnectionListView,
    "connections/<str:pk>": ConnectionView,
}

urlpatterns: list[URLPattern] = [
    path(prefix + address, view.as_view())
    for prefix in ("", "api/")
    for address, view in ADDRESSES.items()
]
