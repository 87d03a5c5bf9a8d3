"""Deploy mistakes as system checks, usersvc.W001 and on."""

from ctypes.util import find_library
from typing import Any
from urllib.parse import urlsplit

from django.conf import settings
from django.core.checks import CheckMessage, Tags, Warning, register  # noqa: A004
from django.http.request import validate_host

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
    else:
        text = "USERSVC_STAFF_MFA is required, but people cannot enrol yet: it is not enforced."
    return [Warning(text, id="usersvc.W002")]


@register(Tags.compatibility)
def pdf_can_be_made(**kwargs: Any) -> list[CheckMessage]:
    """Warn about system libraries that PDF needs, or is seconds slower without."""
    missing = [name for name in PDF_LIBRARIES if not find_library(name)]
    if not missing:
        return []
    hint = "Debian: apt install libpango-1.0-0 libpangoft2-1.0-0 libharfbuzz-subset0"
    return [Warning(f"PDF lacks {', '.join(missing)}.", hint=hint, id="usersvc.W003")]
