from django.urls import path

from .views import UserListView

urlpatterns = [
    path("users", UserListView.as_view(), name="directory"),
    path("api/users", UserListView.as_view(), name="directory-api"),
]
