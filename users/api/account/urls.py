from django.urls import path

from .views import MeView, TokenRefreshView, TokenRevokeView, TokenView

urlpatterns = [
    path("api/token", TokenView.as_view(), name="token"),
    path("api/token/refresh", TokenRefreshView.as_view(), name="token-refresh"),
    path("api/token/revoke", TokenRevokeView.as_view(), name="token-revoke"),
    path("api/me", MeView.as_view(), name="me"),
]
