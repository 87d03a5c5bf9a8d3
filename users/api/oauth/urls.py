from django.urls import path

from .views import RevocationView, TokenView

urlpatterns = [
    path("oauth/token", TokenView.as_view(), name="oauth-token"),
    path("oauth/revoke", RevocationView.as_view(), name="oauth-revoke"),
]
