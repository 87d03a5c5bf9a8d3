"""The OpenAPI document, as anybody may read it."""

import json
from functools import cache
from typing import Any

from django.conf import settings
from django.http import HttpRequest, HttpResponse
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import condition, require_safe

from .api.conditional import etag_of
from .api.description import PROGRAM

FILE = settings.BASE_DIR / "docs" / "openapi.json"  # what `make schema` wrote
KEPT = 300  # seconds


@cache
def document() -> dict[str, Any]:
    """Return the document; its addresses are whole, for those who take it elsewhere."""
    found: dict[str, Any] = json.loads(FILE.read_text())
    operations = [each for item in found["paths"].values() for each in item.values()]
    for place in [found, *operations]:
        if "servers" in place:
            place["servers"] = [
                {"url": f"{settings.BASE_URL}{server['url']}".rstrip("/")}
                for server in place["servers"]
            ]
    grant = found["components"]["securitySchemes"][PROGRAM]["flows"]["clientCredentials"]
    grant["tokenUrl"] = f"{settings.BASE_URL}{grant['tokenUrl']}"
    return found


@cache
def _tag() -> str:
    return etag_of(document())


@csrf_exempt  # what is not safe is not offered: 405, not 403
@require_safe
@condition(etag_func=lambda request: _tag())
def openapi(request: HttpRequest) -> HttpResponse:
    """Answer with the document."""
    headers = {"Cache-Control": f"public, max-age={KEPT}"}
    return HttpResponse(json.dumps(document()), content_type="application/json", headers=headers)
