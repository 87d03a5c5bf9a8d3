from django.urls import path

from .views import TokenView

urlpatterns = [path("oauth/token", TokenView.as_view(), name="oauth-token")]
