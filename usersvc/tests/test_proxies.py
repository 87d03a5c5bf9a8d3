from ipaddress import ip_network

import pytest
from django.test import RequestFactory

from usersvc.api.proxies import ADDRESSES, UNREAD, TrustedProxiesMiddleware

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


@pytest.mark.parametrize(
    ("connection", "told", "secure"),
    [
        ("10.0.0.1", "https", True),
        ("10.0.0.1", "http", False),
        ("10.0.0.1", None, False),
        ("10.0.0.1", "http, https", False),
        ("203.0.113.9", "https", False),
        ("", "https", False),
    ],
)
def test_only_trusted_proxies_say_that_it_came_over_tls(settings, connection, told, secure):
    settings.TRUSTED_PROXIES = [ip_network("10.0.0.0/8")]
    settings.SECURE_PROXY_SSL_HEADER = ("HTTP_X_FORWARDED_PROTO", "https")
    told = {} if told is None else {"HTTP_X_FORWARDED_PROTO": told}
    request = RequestFactory().get("/", REMOTE_ADDR=connection, **told)
    TrustedProxiesMiddleware(lambda seen: seen)(request)
    assert request.is_secure() is secure


def test_nobody_reads_what_else_is_told_of_the_way():
    told = dict.fromkeys([*UNREAD, ADDRESSES], "evil.example")
    request = RequestFactory().get("/", REMOTE_ADDR="203.0.113.9", **told)
    TrustedProxiesMiddleware(lambda seen: seen)(request)
    assert "evil.example" not in str(request.META)
    assert request.get_host() == "testserver"
