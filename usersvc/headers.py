"""What browsers may do with an answer, and over which transport requests may come."""

from collections.abc import Callable

from csp.constants import HEADER as POLICY
from django.conf import settings
from django.http import HttpRequest, HttpResponse, HttpResponseNotAllowed, JsonResponse
from django.utils.cache import add_never_cache_headers

from .api.addresses import is_api
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
METHODS = (*SAFE, "POST", "PUT", "PATCH", "DELETE")
SIGNED_OUT = "usersvc.signed_out"  # in META: this request has ended its session

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
        if SIGNED_OUT in request.META:
            # Not "storage": whether pages are light or dark outlives a sign-out.
            response["Clear-Site-Data"] = '"cache"'
        if "Cache-Control" not in response:
            add_never_cache_headers(response)
        return response


def clear(request: HttpRequest) -> None:
    """Let the answer tell the browser to forget what it was shown."""
    request.META[SIGNED_OUT] = True


class MethodsMiddleware:
    """Refuses methods that no page has, such as TRACE; programs are told so by their family."""

    def __init__(self, get_response: Next) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        if request.method not in METHODS and not is_api(request):
            return HttpResponseNotAllowed(METHODS)
        return self.get_response(request)


class HttpsOnlyMiddleware:
    """Refuses what came without TLS and may not be redirected.

    A redirect loses a body, and would hide from a program that its token travels in clear.
    SecurityMiddleware redirects pages. Both do so only where proxies tell how a request came.
    """

    def __init__(self, get_response: Next) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        is_page = request.method in SAFE and not is_api(request)
        if settings.SECURE_SSL_REDIRECT and not is_page and not request.is_secure():
            problem = Problem(403, f"use {settings.BASE_URL}")
            return JsonResponse(error_body(problem), status=problem.status)
        return self.get_response(request)
