from django.urls import path

from . import views

urlpatterns = [
    path("docs", views.page, name="docs"),
    path("docs/reference", views.reference, name="docs-reference"),
    path("docs/mcp.json", views.mcp_json, name="docs-mcp-json"),
    path("docs/<slug:slug>.md", views.markdown, name="docs-markdown"),
    path("docs/<slug:slug>", views.page, name="docs-page"),
]
