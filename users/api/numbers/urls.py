from django.urls import path

from .views import TotalsView, TrendView

urlpatterns = [
    path("users/totals", TotalsView.as_view(), name="totals"),
    path("api/users/totals", TotalsView.as_view(), name="totals-api"),
    path("users/trend", TrendView.as_view(), name="trend"),
    path("api/users/trend", TrendView.as_view(), name="trend-api"),
]
