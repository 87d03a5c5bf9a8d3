from django.urls import include, path

from .archive_page import own_archive
from .token_page import EndTokensView, TokensPage
from .views import AccountView

urlpatterns = [
    path("", AccountView.as_view(), name="account"),
    path("archive", own_archive, name="account_archive"),
    path("tokens/", TokensPage.as_view(), name="account_tokens"),
    path("tokens/<uuid:pk>/end/", EndTokensView.as_view(), name="account_end_tokens"),
    path("", include("allauth.account.urls")),
    path("2fa/", include("allauth.mfa.urls")),
    path("sessions/", include("allauth.usersessions.urls")),
]
