from collections.abc import Callable
from ipaddress import ip_address

from django.conf import settings
from django.http import HttpRequest, HttpResponse


class TrustedProxiesMiddleware:
    """Makes REMOTE_ADDR the caller's address when trusted proxies carried the request.

    X-Forwarded-For is read from its end, and only as far as trusted proxies wrote it.
    """

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        hops = request.META.get("HTTP_X_FORWARDED_FOR", "").split(",")
        address = request.META.get("REMOTE_ADDR", "")
        while hops and is_trusted(address):
            hop = hops.pop().strip()
            if not is_address(hop):
                break
            address = hop
        request.META["REMOTE_ADDR"] = address
        return self.get_response(request)


def is_address(text: str) -> bool:
    """Return whether the text is an IP address."""
    try:
        ip_address(text)
    except ValueError:
        return False
    return True


def is_trusted(address: str) -> bool:
    """Return whether the address is a proxy of ours."""
    return is_address(address) and any(
        ip_address(address) in network for network in settings.TRUSTED_PROXIES
    )
