from collections.abc import Callable
from ipaddress import ip_address

from django.conf import settings
from django.http import HttpRequest, HttpResponse

# What a request says of the way that it came: its addresses are read here, whether it came over
# TLS by Django where it may be believed, and the rest by nobody.
ADDRESSES, SCHEME = "HTTP_X_FORWARDED_FOR", "HTTP_X_FORWARDED_PROTO"
UNREAD = ("HTTP_FORWARDED", "HTTP_X_FORWARDED_HOST", "HTTP_X_FORWARDED_PORT", "HTTP_X_REAL_IP")


class TrustedProxiesMiddleware:
    """Makes REMOTE_ADDR the caller's address when trusted proxies carried the request.

    X-Forwarded-For is read from its end, and only as far as trusted proxies wrote it. That the
    request came over TLS is believed from a trusted proxy alone.
    """

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        hops = request.META.pop(ADDRESSES, "").split(",")
        address = request.META.get("REMOTE_ADDR", "")
        for header in UNREAD if is_trusted(address) else (*UNREAD, SCHEME):
            request.META.pop(header, None)
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
