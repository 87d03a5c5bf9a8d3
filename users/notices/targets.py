"""Where notices may go: public addresses, and networks of one's own that the operator names."""

import socket
from collections.abc import Sequence
from dataclasses import dataclass
from ipaddress import IPv4Address, IPv6Address, IPv6Network, ip_address
from typing import Any
from urllib.parse import urlsplit

from django.conf import settings
from django.utils.translation import gettext as _

PORTS = {"http": 80, "https": 443}
# Where the last 32 bits are the address that is reached in the end.
NAT64 = IPv6Network("64:ff9b::/96")
# All of IPv6 that the internet routes to one host each (RFC 4291); what is beside it is inside.
UNICAST = IPv6Network("2000::/3")
# Of it: ways into IPv4 that nobody needs and that lead anywhere, and addresses of books (RFC 9637).
UNFIT = [IPv6Network("2002::/16"), IPv6Network("2001::/32"), IPv6Network("3fff::/20")]

Address = IPv4Address | IPv6Address


class Refused(Exception):  # noqa: N818 - a verdict, told to whoever wrote the address
    """An address that is not written to, and why."""


@dataclass(frozen=True)
class Target:
    """An address of a webhook, taken apart."""

    scheme: str
    host: str
    port: int
    path: str

    @property
    def is_secure(self) -> bool:
        """Whether TLS shows who answers, and hides what is said."""
        return self.scheme == "https"

    @property
    def default_port(self) -> int:
        """The port that the address need not say."""
        return PORTS[self.scheme]


def target_of(url: str) -> Target:
    """Return an address taken apart; Refused for what is none that notices could go to."""
    if not url.isascii() or not url.isprintable() or " " in url:
        raise Refused(_("An address has no spaces, and no characters beyond ASCII."))
    try:
        parts = urlsplit(url)
        port, host = parts.port, parts.hostname
    except ValueError:
        raise Refused(_("This is no address of a web server.")) from None
    if parts.scheme not in PORTS:
        raise Refused(_("An address begins with https://."))
    if not host or port == 0:
        raise Refused(_("This is no address of a web server."))
    if "@" in parts.netloc:
        raise Refused(_("An address holds no user name and no password: notices are signed."))
    if parts.fragment:
        raise Refused(_("An address has no part after #."))
    path = (parts.path or "/") + (f"?{parts.query}" if parts.query else "")
    return Target(parts.scheme, host, port or PORTS[parts.scheme], path)


def resolve(target: Target) -> list[tuple[Any, ...]]:
    """Return where to connect to, as getaddrinfo() gives it: Refused if any of it may not be.

    OSError where the name cannot be resolved.
    """
    found = socket.getaddrinfo(target.host, target.port, type=socket.SOCK_STREAM)
    addresses = [ip_address(str(each[4][0]).partition("%")[0]) for each in found]
    judge(target, addresses)
    return list(found)


def judge(target: Target, addresses: Sequence[Address]) -> None:
    """Refuse addresses that are neither public nor in a network that the operator allows."""
    if all(map(_is_allowed, addresses)):
        return
    if not all(map(is_public, addresses)):
        message = _("%(host)s is no public address; USERSVC_WEBHOOK_NETWORKS names others.")
        raise Refused(message % {"host": target.host})
    if not target.is_secure:
        raise Refused(_("An address begins with https://."))


def is_public(address: Address) -> bool:
    """Return whether an address is one of the open internet, however it is written."""
    plain = _plain(address)
    if isinstance(plain, IPv6Address):
        fit = plain in UNICAST and not any(plain in network for network in UNFIT)
        return fit and plain.is_global
    return plain.is_global and not (plain.is_multicast or plain.is_reserved)


def _is_allowed(address: Address) -> bool:
    plain = _plain(address)
    return any(plain in network for network in settings.WEBHOOK_NETWORKS)


def _plain(address: Address) -> Address:
    """Return the IPv4 address that an IPv6 address stands for, or else the address itself."""
    if not isinstance(address, IPv6Address):
        return address
    if address.ipv4_mapped:
        return address.ipv4_mapped
    return IPv4Address(int(address) & 0xFFFFFFFF) if address in NAT64 else address
