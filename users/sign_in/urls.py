from django.urls import include, path

from .views import AccountView

urlpatterns = [
    path("", AccountView.as_view(), name="account"),
    path("", include("allauth.account.urls")),
    path("2fa/", include("allauth.mfa.urls")),
    path("sessions/", include("allauth.usersessions.urls")),
]
