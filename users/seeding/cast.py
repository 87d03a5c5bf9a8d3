"""People of known usernames, one for each shipped role, to sign in and look around as."""

from allauth.account.models import EmailAddress
from django.contrib.auth.hashers import make_password
from django.db.models import Q

from ..models import Organization, Role, User
from .surroundings import CAST_ORGANIZATION

# Username, name, type and role.
CAST = (
    ("super.admin", "Sura Admin", User.Type.SAAS_ADMIN, "Super Admin"),
    ("org.admin", "Orla Admin", User.Type.SAAS_ADMIN, "Admin"),
    ("backoffice", "Bo Office", User.Type.SAAS_USER, "Backoffice"),
    ("reader", "Rita Reader", User.Type.SAAS_USER, "Reader"),
    ("support", "Sam Support", User.Type.SAAS_USER, "Support"),
)
USERNAMES = [username for username, *_ in CAST]
DOMAIN = "acme.example"


def ensure(room: int, password: str | None) -> int:
    """Make those of the cast who are missing, as many as there is room for; return how many.

    Who exists is left alone, the password included: it may be somebody real.
    """
    missing = [entry for entry in CAST if not _taken(entry[0])][:room]
    organization = Organization.objects.get(external_id=CAST_ORGANIZATION)
    # Once for all of them: it is meant to take long.
    hashed = make_password(password)
    for username, name, user_type, role in missing:
        given, family = name.split()
        person = User.objects.create_user(
            username,
            f"{username}@{DOMAIN}",
            name=name,
            given_name=given,
            family_name=family,
            user_type=user_type,
            status=User.Status.ACTIVE,
            organization=organization,
            email_verified=True,
        )
        User.objects.filter(pk=person.pk).update(password=hashed)
        person.roles.add(Role.objects.get(name=role, shipped=True))
        EmailAddress.objects.create(user=person, email=person.email, verified=True, primary=True)
    return len(missing)


def authors() -> list[str]:
    """Return the ids of those of the cast who may create and change people."""
    names = USERNAMES[:3]
    ids = User.all_objects.filter(username__in=names).order_by("username").values_list("pk")
    return [pk.hex for (pk,) in ids]


def _taken(username: str) -> bool:
    held = Q(username=username) | Q(email=f"{username}@{DOMAIN}")
    return bool(User.all_objects.filter(held).exists())
