from typing import Any

from django.http import Http404, HttpRequest, HttpResponse, HttpResponseBase, JsonResponse
from django.shortcuts import redirect, render
from django.utils import translation
from django.utils.cache import patch_cache_control
from django.views.decorators.http import require_safe

from usersvc.openapi import document

from .html import html_of
from .pages import LANGUAGE, START, Page, page_called, pages
from .tools import configuration

KEPT = 300  # seconds
REFERENCE = Page(
    "reference",
    "Working with the API",
    "API reference",
    "Every operation of the API, with what it takes and answers, to be tried out here.",
)


@require_safe
def page(request: HttpRequest, slug: str = START) -> HttpResponseBase:
    """Answer with a page of the documentation."""
    found = _found(slug)
    if request.path != found.address:
        return redirect(found.address, permanent=True)
    return _shown(request, "docs/page.html", found, html=html_of(found.markdown()))


@require_safe
def markdown(request: HttpRequest, slug: str) -> HttpResponse:
    """Answer with the text of a page."""
    text = _found(slug).markdown()
    return _kept(HttpResponse(text, content_type="text/markdown; charset=utf-8"))


@require_safe
def reference(request: HttpRequest) -> HttpResponse:
    """Answer with the page that shows the OpenAPI document."""
    return _shown(request, "docs/reference.html", REFERENCE)


@require_safe
def mcp_json(request: HttpRequest) -> HttpResponse:
    """Answer with the configuration of an AI tool."""
    return _kept(JsonResponse(configuration(), json_dumps_params={"indent": 2}))


def _found(slug: str) -> Page:
    found = page_called(slug)
    if found is None:
        raise Http404
    return found


def _shown(request: HttpRequest, template: str, found: Page, **more: Any) -> HttpResponse:
    values = {"page": found, "pages": pages(), "version": document()["info"]["version"], **more}
    with translation.override(LANGUAGE):
        answer = render(request, template, values)
    answer.headers["Content-Language"] = LANGUAGE
    return _kept(answer)


def _kept(answer: HttpResponse) -> HttpResponse:
    patch_cache_control(answer, public=True, max_age=KEPT)
    return answer
