from django.urls import path

from .views import BulkView

urlpatterns = [
    path("users/bulk", BulkView.as_view(), name="bulk"),
    path("api/users/bulk", BulkView.as_view(), name="bulk-api"),
]
