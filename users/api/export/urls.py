from django.urls import path

from .views import UserExportView

urlpatterns = [
    path("api/users/export", UserExportView.as_view(), name="export"),
    path("users/export", UserExportView.as_view(), name="export-short"),
]
