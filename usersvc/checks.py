"""Deploy mistakes as system checks, usersvc.W001 and on."""

import subprocess  # nosec B404 - it asks what fonts there are
from ctypes.util import find_library
from ipaddress import ip_address
from shutil import which
from typing import Any
from urllib.parse import urlsplit

from django.conf import settings
from django.contrib.auth.password_validation import validate_password
from django.core.checks import CheckMessage, Error, Tags, Warning, register  # noqa: A004
from django.core.exceptions import ValidationError
from django.http.request import validate_host

FONTS = ("Noto Sans", "Noto Sans CJK SC", "Noto Color Emoji")
PDF_LIBRARIES = ("pango-1.0", "pangoft2-1.0", "harfbuzz-subset")


@register(Tags.urls)
def base_url_is_answered(**kwargs: Any) -> list[CheckMessage]:
    """Report a base URL whose host the service would refuse: its own links would be dead."""
    host = urlsplit(settings.BASE_URL).netloc.rsplit(":", 1)[0]
    if validate_host(host, settings.ALLOWED_HOSTS):
        return []
    hint = f"Add {host} to ALLOWED_HOSTS."
    return [Warning("USERSVC_BASE_URL names a host that is refused.", hint=hint, id="usersvc.W001")]


@register(Tags.security, deploy=True)
def staff_has_a_second_factor(**kwargs: Any) -> list[CheckMessage]:
    """Warn that staff may sign in without a second factor."""
    if settings.STAFF_MFA == "optional":
        text = "USERSVC_STAFF_MFA is optional: staff may sign in with a password alone."
        return [Warning(text, id="usersvc.W002")]
    return []


def missing_pdf_libraries() -> list[str]:
    """Return which of the libraries that PDF takes this machine lacks."""
    return [name for name in PDF_LIBRARIES if not find_library(name)]


def missing_fonts() -> list[str]:
    """Return which of the families of fonts that PDF takes this machine lacks."""
    if (fc_list := which("fc-list")) is None:
        return list(FONTS)
    command = [fc_list, ":", "family"]
    told = subprocess.run(command, capture_output=True, text=True, check=False)  # noqa: S603  # nosec B603
    families = {name.strip() for line in told.stdout.splitlines() for name in line.split(",")}
    return [family for family in FONTS if family not in families]


@register(Tags.compatibility)
def pdf_can_be_made(**kwargs: Any) -> list[CheckMessage]:
    """Warn about system libraries that PDF needs, or is seconds slower without."""
    missing = missing_pdf_libraries() + missing_fonts()
    if not missing:
        return []
    hint = (
        "Debian: apt install libpango-1.0-0 libpangoft2-1.0-0 libharfbuzz-subset0 fonts-noto-core "
        "fonts-noto-cjk fonts-noto-color-emoji"
    )
    return [Warning(f"PDF lacks {', '.join(missing)}.", hint=hint, id="usersvc.W003")]


@register(Tags.security)
def keys_differ(**kwargs: Any) -> list[CheckMessage]:
    """Report one key for two purposes: who can sign could read, and one leak would be two."""
    keys = [settings.SECRET_KEY, settings.AUDIT_KEY, *settings.ENCRYPTION_KEYS]
    if len(set(keys)) == len(keys):
        return []
    text = "Of USERSVC_SECRET_KEY, USERSVC_ENCRYPTION_KEYS and USERSVC_AUDIT_KEY two are the same."
    return [Error(text, hint="Give each purpose a key of its own.", id="usersvc.E001")]


@register(Tags.security, deploy=True)
def proxy_is_known(**kwargs: Any) -> list[CheckMessage]:
    """Warn when nobody can tell whether a request came over TLS, and from whom."""
    if not settings.HTTPS or settings.TRUSTED_PROXIES:
        return []
    text = (
        "USERSVC_BASE_URL is https, but TRUSTED_PROXIES is empty: nothing is redirected to https, "
        "and everybody has the proxy's address, so that one caller can lock out all others."
    )
    hint = "Name the proxy that speaks TLS; it must set X-Forwarded-For and X-Forwarded-Proto."
    return [Warning(text, hint=hint, id="usersvc.W004")]


@register(Tags.security, deploy=True)
def others_cannot_read_the_data(**kwargs: Any) -> list[CheckMessage]:
    """Warn when other users of the machine can look into the folder of keys and people."""
    # Whoever reads the files of jobs for us enters the folder, and cannot list it.
    allowed = 0o700 | (0o010 if settings.ACCEL else 0)
    if settings.DATA_DIR.stat().st_mode & 0o777 & ~allowed == 0:
        return []
    text = "Other users of this machine can enter USERSVC_DATA, where keys and people are."
    return [Warning(text, hint=f"chmod 700 {settings.DATA_DIR}", id="usersvc.W005")]


@register(Tags.security, deploy=True)
def first_password_is_good(**kwargs: Any) -> list[CheckMessage]:
    """Warn of a password of the administrator's that nobody could choose on a page."""
    if not settings.ADMIN_PASSWORD:
        return []
    try:
        validate_password(settings.ADMIN_PASSWORD)
    except ValidationError as error:
        text = f"USERSVC_ADMIN_PASSWORD is weak: {' '.join(error.messages)}"
        return [Warning(text, hint="Choose another; it is read once.", id="usersvc.W006")]
    return []


@register(Tags.security, deploy=True)
def mail_is_sent(**kwargs: Any) -> list[CheckMessage]:
    """Warn when mail, with its links, is printed rather than sent."""
    if not settings.HTTPS or not settings.EMAIL_BACKEND.endswith("console.EmailBackend"):
        return []
    text = "EMAIL_URL is not set: mail is printed where logs go, and with it links that open."
    return [Warning(text, hint="smtp+tls://user:password@host:587", id="usersvc.W007")]


@register(Tags.security, deploy=True)
def hosts_are_named(**kwargs: Any) -> list[CheckMessage]:
    """Warn when the service answers to any name."""
    if "*" not in settings.ALLOWED_HOSTS:
        return []
    hint = "Name the hosts: a name of the caller's choice opens the way to DNS rebinding."
    return [Warning("ALLOWED_HOSTS is *.", hint=hint, id="usersvc.W008")]


@register(Tags.security, deploy=True)
def people_are_real(**kwargs: Any) -> list[CheckMessage]:
    """Warn of demo people beside real ones: their known users share one password."""
    if not settings.HTTPS or not settings.DEMO_USERS:
        return []
    text = "USERSVC_DEMO_USERS fills the directory with made-up people who can sign in."
    return [Warning(text, hint="Set it to 0.", id="usersvc.W009")]


@register(Tags.security, deploy=True)
def the_network_is_not_spoken_to_in_clear(**kwargs: Any) -> list[CheckMessage]:
    """Warn when the service listens beyond this machine, and its address is not https."""
    if settings.HTTPS or ip_address(settings.BIND).is_loopback:
        return []
    text = "USERSVC_BIND is open to the network, and USERSVC_BASE_URL is not https."
    return [Warning(text, hint="Put a proxy with TLS in front.", id="usersvc.W010")]
