from django.urls import path

from .views import UserDownloadView

urlpatterns = [path("api/v2/users/download", UserDownloadView.as_view(), name="download")]
