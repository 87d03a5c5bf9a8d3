from django.urls import include, path

from .archive_page import own_archive
from .confirming import CodeAgain, PasskeyAgain, PasswordAgain
from .token_page import EndTokensView, TokensPage
from .views import AccountView

urlpatterns = [
    path("", AccountView.as_view(), name="account"),
    path("archive", own_archive, name="account_archive"),
    path("tokens/", TokensPage.as_view(), name="account_tokens"),
    path("tokens/<uuid:pk>/end/", EndTokensView.as_view(), name="account_end_tokens"),
    # Before allauth's own views of the same names.
    path("reauthenticate/", PasswordAgain.as_view(), name="account_reauthenticate"),
    path("2fa/reauthenticate/", CodeAgain.as_view(), name="mfa_reauthenticate"),
    path(
        "2fa/webauthn/reauthenticate/", PasskeyAgain.as_view(), name="mfa_reauthenticate_webauthn"
    ),
    path("", include("allauth.account.urls")),
    path("2fa/", include("allauth.mfa.urls")),
    path("sessions/", include("allauth.usersessions.urls")),
]
