from functools import cache

from django.http import Http404, HttpRequest, HttpResponse, JsonResponse
from django.template.loader import render_to_string
from django.utils.safestring import mark_safe
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import require_safe

from usersvc.api.views import VERSIONS

from ..templatetags.docs import mcp_configuration
from .html import html_of
from .pages import pages

KEPT = {"Cache-Control": "public, max-age=300"}


@csrf_exempt  # what is not safe is not offered: 405, not 403
@require_safe
def page_view(request: HttpRequest, slug: str = "start") -> HttpResponse:
    """Answer with a page of the documentation; it is the same for everybody."""
    return HttpResponse(page_html(slug), headers=KEPT)


@csrf_exempt
@require_safe
def reference_view(request: HttpRequest) -> HttpResponse:
    """Answer with every operation, to be read and tried."""
    shown = {"pages": pages(), "version": VERSIONS[0], "slug": "reference"}
    return HttpResponse(render_to_string("docs/reference.html", shown), headers=KEPT)


@csrf_exempt
@require_safe
def mcp_json_view(request: HttpRequest) -> HttpResponse:
    """Answer with what an AI tool reads to find the MCP server."""
    indented = {"indent": 2}
    return JsonResponse(mcp_configuration(), json_dumps_params=indented, headers=KEPT)


@cache
def page_html(slug: str) -> str:
    """Return a page as HTML; Http404 for none."""
    page = next((page for page in pages() if page.slug == slug), None)
    if page is None:
        raise Http404
    shown = html_of(page.markdown())
    return render_to_string(
        "docs/page.html",
        {
            "pages": pages(),
            "page": page,
            "slug": slug,
            "body": mark_safe(shown.body),  # noqa: S308  # nosec B308, B703  # made by html_of
            "headings": shown.headings,
            "version": VERSIONS[0],
        },
    )
