from django.urls import path

from .views import (
    MeView,
    SecondStepView,
    TokenFamilyView,
    TokenRefreshView,
    TokenRevokeView,
    TokensView,
    TokenView,
)

urlpatterns = [
    path("api/token", TokenView.as_view(), name="token"),
    path("api/token/mfa", SecondStepView.as_view(), name="token-mfa"),
    path("api/token/refresh", TokenRefreshView.as_view(), name="token-refresh"),
    path("api/token/revoke", TokenRevokeView.as_view(), name="token-revoke"),
    path("api/tokens", TokensView.as_view(), name="tokens"),
    path("api/tokens/<uuid:pk>", TokenFamilyView.as_view(), name="token-family"),
    path("api/me", MeView.as_view(), name="me"),
]
