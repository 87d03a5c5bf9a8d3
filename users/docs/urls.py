from django.urls import path

from .views import mcp_json_view, page_view, reference_view

urlpatterns = [
    path("docs", page_view, name="docs"),
    path("docs/reference", reference_view, name="docs-reference"),
    path("docs/mcp.json", mcp_json_view, name="docs-mcp-json"),
    path("docs/<slug:slug>", page_view, name="docs-page"),
]
