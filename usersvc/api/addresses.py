"""Where programs ask, and where people look at pages."""

from django.http import HttpRequest

API = (
    "/api/",
    "/_allauth/",
    "/files/",
    "/mcp",
    "/oauth/",
    "/users",
    "/organizations",
    "/roles",
    "/groups",
    "/sites",
    "/tags",
    "/connections",
)


def is_api(request: HttpRequest) -> bool:
    """Return whether the request is a program's, which is answered in JSON."""
    return request.path.startswith(API)
