from ipaddress import ip_network

import pytest
from django.test import RequestFactory

from usersvc.api.proxies import TrustedProxiesMiddleware

CASES = [
    # the connection's address, X-Forwarded-For, the caller's address
    ("203.0.113.9", "", "203.0.113.9"),
    ("203.0.113.9", "198.51.100.1", "203.0.113.9"),
    ("10.0.0.1", "", "10.0.0.1"),
    ("10.0.0.1", "198.51.100.1", "198.51.100.1"),
    ("10.0.0.1", "1.1.1.1, 198.51.100.1", "198.51.100.1"),
    ("10.0.0.1", "1.1.1.1, 198.51.100.1, 10.0.0.2", "198.51.100.1"),
    ("10.0.0.1", "nonsense", "10.0.0.1"),
    ("10.0.0.1", "198.51.100.1, nonsense", "10.0.0.1"),
    ("10.0.0.1", "2001:db8::1", "2001:db8::1"),
    ("", "198.51.100.1", ""),
]


@pytest.mark.parametrize(("connection", "forwarded", "caller"), CASES)
def test_only_trusted_proxies_say_who_calls(settings, connection, forwarded, caller):
    settings.TRUSTED_PROXIES = [ip_network("10.0.0.0/8")]
    request = RequestFactory().get("/", REMOTE_ADDR=connection)
    if forwarded:
        request.META["HTTP_X_FORWARDED_FOR"] = forwarded
    TrustedProxiesMiddleware(lambda seen: seen)(request)
    assert request.META["REMOTE_ADDR"] == caller
