"""What a first start does, and a later one finds done: the administrator and the demo people."""

import secrets

from allauth.account.models import EmailAddress
from django.conf import settings
from django.db import transaction

from .models import User
from .seeding import seed

ADMIN_EMAIL = "admin@example.com"


@transaction.atomic
def create_admin() -> str | None:
    """Create the administrator and return the password; None when somebody has the username.

    A deleted administrator still holds the username, and so is not created again.
    """
    if User.all_objects.filter(username=settings.ADMIN_USERNAME).exists():
        return None
    password = settings.ADMIN_PASSWORD or secrets.token_urlsafe(15)
    admin = User.objects.create_superuser(
        settings.ADMIN_USERNAME,
        _free_email(),
        password,
        name="Administrator",
        email_verified=True,
    )
    EmailAddress.objects.create(user=admin, email=admin.email, verified=True, primary=True)
    return str(password)


def _free_email() -> str:
    """Return the administrator's e-mail address, or one like it when somebody has that."""
    if not User.all_objects.filter(email=ADMIN_EMAIL).exists():
        return ADMIN_EMAIL
    name, at, domain = ADMIN_EMAIL.partition("@")
    return f"{name}-{secrets.token_hex(4)}{at}{domain}"


def load_demo_people(password: str | None) -> int:
    """Fill the directory up to the demo's number of people; return how many were added.

    The demo people of known usernames get the password, or the one of the settings.
    """
    return seed(settings.DEMO_USERS, password=password or settings.ADMIN_PASSWORD or None)
