import sys

from django.contrib import admin
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.urls import include, path
from django.views.defaults import bad_request, page_not_found, permission_denied, server_error
from django.views.generic import RedirectView
from django.views.i18n import set_language

from exports.file_view import file_view
from exports.metrics_view import metrics
from users.api.families import FAMILIES, error_body_at
from users.jwks import jwks
from users.mcp.views import McpView

from . import health, outages
from .api.addresses import is_api
from .api.errors import MESSAGES, OUTAGE, Problem
from .openapi import openapi

urlpatterns = [
    path("", RedirectView.as_view(pattern_name="admin:index"), name="home"),
    path("admin", RedirectView.as_view(pattern_name="admin:index")),
    path("admin/", admin.site.urls),
    path("healthz", health.healthz, name="healthz"),
    path(".well-known/jwks.json", jwks, name="jwks"),
    path("openapi.json", openapi, name="openapi"),
    path("metrics", metrics, name="metrics"),
    path("readyz", health.readyz, name="readyz"),
    path("", include("users.docs.urls")),
    path("", include("users.api.account.urls")),
    path("", include("users.api.bulk.urls")),
    path("", include("users.api.numbers.urls")),
    path("", include("users.api.oauth.urls")),
    path("", include("users.api.organizations.urls")),
    path("", include("users.api.named.urls")),
    path("", include("users.api.people.urls")),
    path("mcp", McpView.as_view(), name="mcp"),
    path("files/<str:signed>", file_view, name="job-file"),
    path("account/language", set_language, name="set_language"),
    path("account/", include("users.sign_in.urls")),
    path("_allauth/", include("users.sign_in.headless")),
    path("", include("users.password_reset")),
    path("", include("users.invitation_page")),
    *(path("", include(family.urls)) for family in FAMILIES),
]


def handler400(request: HttpRequest, exception: Exception) -> HttpResponse:
    """Answer programs in JSON, people with a page."""
    return _json(request, 400) if is_api(request) else bad_request(request, exception)


def handler403(request: HttpRequest, exception: Exception) -> HttpResponse:
    """Answer programs in JSON, people with a page."""
    return _json(request, 403) if is_api(request) else permission_denied(request, exception)


def handler404(request: HttpRequest, exception: Exception) -> HttpResponse:
    """Answer programs in JSON, people with a page."""
    return _json(request, 404) if is_api(request) else page_not_found(request, exception)


def handler500(request: HttpRequest) -> HttpResponse:
    """Answer programs in JSON, people with a page; 503 for what passes by itself."""
    if not outages.is_outage(sys.exc_info()[1]):
        return _json(request, 500) if is_api(request) else server_error(request)
    answer = _told(request, OUTAGE) if is_api(request) else server_error(request)
    answer.status_code = OUTAGE.status
    answer["Retry-After"] = str(outages.RETRY_AFTER)
    return answer


def _json(request: HttpRequest, status: int) -> JsonResponse:
    return _told(request, Problem(status, MESSAGES[status]))


def _told(request: HttpRequest, problem: Problem) -> JsonResponse:
    return JsonResponse(error_body_at(request.path, problem), status=problem.status)
