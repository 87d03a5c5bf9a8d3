"""What browsers may do with an answer, and over which transport requests may come."""

from collections.abc import Callable

from csp.constants import HEADER as POLICY
from django.conf import settings
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.utils.cache import add_never_cache_headers

from .api.errors import Problem, error_body

# What is no page needs nothing; should a browser take it for one, it may do nothing.
NOTHING = "default-src 'none'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'"
# fmt: off
PERMISSIONS_POLICY = ", ".join([
    # passkeys, and buttons that copy
    "publickey-credentials-get=(self)", "publickey-credentials-create=(self)",
    "clipboard-write=(self)",
    "accelerometer=()", "autoplay=()", "browsing-topics=()", "camera=()", "display-capture=()",
    "encrypted-media=()", "fullscreen=()", "geolocation=()", "gyroscope=()", "hid=()",
    "identity-credentials-get=()", "idle-detection=()", "local-fonts=()", "magnetometer=()",
    "microphone=()", "midi=()", "otp-credentials=()", "payment=()", "picture-in-picture=()",
    "screen-wake-lock=()", "serial=()", "sync-xhr=()", "usb=()", "xr-spatial-tracking=()",
])
# fmt: on
SAFE = ("GET", "HEAD", "OPTIONS")

Next = Callable[[HttpRequest], HttpResponse]


class BrowserHeadersMiddleware:
    """Adds what Django's and csp's middleware leave out; no cache keeps what is not static."""

    def __init__(self, get_response: Next) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        response = self.get_response(request)
        if response.get("Content-Type", "").startswith("text/html"):
            response["Permissions-Policy"] = PERMISSIONS_POLICY
        else:
            response[POLICY] = NOTHING
        response["Cross-Origin-Resource-Policy"] = "same-origin"
        if "Cache-Control" not in response:
            add_never_cache_headers(response)
        return response


class HttpsOnlyMiddleware:
    """Refuses what came without TLS and cannot be redirected: a redirect loses a body.

    SecurityMiddleware redirects the rest. Both do so only where proxies tell how a request came.
    """

    def __init__(self, get_response: Next) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        if settings.SECURE_SSL_REDIRECT and request.method not in SAFE and not request.is_secure():
            problem = Problem(403, f"use {settings.BASE_URL}")
            return JsonResponse(error_body(problem), status=problem.status)
        return self.get_response(request)
