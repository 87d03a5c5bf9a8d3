"""Where notices may go: nowhere inside, however an address is written."""

import socket
from ipaddress import ip_address, ip_network

import pytest

from users.notices import sending, targets
from users.notices.targets import Refused, is_public, resolve, target_of

pytestmark = pytest.mark.once

LOCAL = [ip_network("127.0.0.0/8")]


@pytest.mark.parametrize(
    "url",
    [
        "https://localhost/",
        "https://127.0.0.1/",
        "https://127.1/",
        "https://0x7f.1/",
        "https://2130706433/",
        "https://017700000001/",
        "https://0/",
        "https://0.0.0.0/",
        "https://10.0.0.1/",
        "https://172.16.3.4/",
        "https://192.168.1.1:8443/x",
        "https://100.64.0.1/",
        "https://169.254.169.254/latest/meta-data/",
        "https://224.0.0.1/",
        "https://240.0.0.1/",
        "https://255.255.255.255/",
        "https://[::1]/",
        "https://[::]/",
        "https://[::ffff:10.0.0.1]/",
        "https://[::ffff:127.0.0.1]/",
        "https://[::127.0.0.1]/",
        "https://[64:ff9b::10.0.0.1]/",
        "https://[64:ff9b:1::1]/",
        "https://[2002:7f00:1::]/",
        "https://[2002:808:808::]/",
        "https://[2001:0:1::1]/",
        "https://[fe80::1]/",
        "https://[fec0::1]/",
        "https://[100::1]/",
        "https://[2001:db8::1]/",
        "https://[3fff::1]/",
        "https://[5f00::1]/",
        "https://[fd00:ec2::254]/",
        "https://[ff02::1]/",
    ],
)
def test_what_is_inside_is_refused(url):
    with pytest.raises(Refused, match="no public address"):
        resolve(target_of(url))


@pytest.mark.parametrize(
    "url",
    [
        "ftp://hooks.example.com/",
        "file:///etc/passwd",
        "https:///",
        "https://",
        "hooks.example.com",
        "",
        "https://user:secret@hooks.example.com/",
        "https://user@hooks.example.com/",
        "https://hooks.example.com/#part",
        "https://hooks.example.com/a b",
        "https://hooks.example.com/\r\nHost: inside",
        "https://hooks.exämple.com/",
        "https://hooks.example.com:0/",
        "https://hooks.example.com:99999/",
        "https://[::1/",
    ],
)
def test_what_is_no_address_is_refused(url):
    with pytest.raises(Refused):
        target_of(url)


@pytest.mark.parametrize(
    ("address", "expected"),
    [("8.8.8.8", True), ("2606:4700::1111", True), ("64:ff9b::808:808", True), ("10.1.1.1", False)],
)
def test_what_is_public(address, expected):
    assert is_public(ip_address(address)) is expected


def named(monkeypatch, *addresses):
    """Let every name have these addresses."""
    found = [(socket.AF_INET, socket.SOCK_STREAM, 6, "", (address, 443)) for address in addresses]
    monkeypatch.setattr(targets.socket, "getaddrinfo", lambda *args, **kwargs: found)


def test_a_name_is_judged_by_every_address_that_it_has(monkeypatch):
    named(monkeypatch, "8.8.8.8", "8.8.4.4")
    assert len(resolve(target_of("https://hooks.example.com/"))) == 2
    named(monkeypatch, "8.8.8.8", "10.0.0.1")
    with pytest.raises(Refused, match=r"hooks\.example\.com is no public"):
        resolve(target_of("https://hooks.example.com/"))


def test_plain_http_is_for_networks_of_ones_own(monkeypatch, settings):
    named(monkeypatch, "8.8.8.8")
    with pytest.raises(Refused, match="https://"):
        resolve(target_of("http://hooks.example.com/"))
    settings.WEBHOOK_NETWORKS = LOCAL
    with pytest.raises(Refused, match="https://"):
        resolve(target_of("http://hooks.example.com/"))
    named(monkeypatch, "127.0.0.1", "8.8.8.8")
    with pytest.raises(Refused, match="no public address"):
        resolve(target_of("http://hooks.example.com/"))
    named(monkeypatch, "127.0.0.1")
    assert resolve(target_of("http://hooks.example.com/"))


def test_what_an_ipv4_network_allows_is_allowed_in_its_mapped_form(settings):
    settings.WEBHOOK_NETWORKS = LOCAL
    assert resolve(target_of("http://[::ffff:127.0.0.1]/"))
    with pytest.raises(Refused):
        resolve(target_of("http://[::1]/"))


def test_the_connection_goes_to_the_address_that_was_judged(monkeypatch, settings):
    """A name that has another address a moment later leads nowhere else."""
    settings.WEBHOOK_NETWORKS = LOCAL
    asked = []

    def changing(host, port, **kwargs):
        asked.append(host)
        address = "127.0.0.1" if len(asked) == 1 else "10.0.0.1"
        return [(socket.AF_INET, socket.SOCK_STREAM, 6, "", (address, 1))]

    monkeypatch.setattr(targets.socket, "getaddrinfo", changing)
    answer = sending.post("http://hooks.example.com/", {}, b"{}")
    assert (answer.status, asked) == (None, ["hooks.example.com"])
    assert "refused" in answer.problem
