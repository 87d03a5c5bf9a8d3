"""Who calls the service under load, and what for, from inside Django: prints it as JSON."""
# ruff: noqa: T201  (its parent reads what it prints)

import json
import os
import sys
from pathlib import Path
from typing import Any

import django

sys.path[:0] = [str(Path(__file__).resolve().parent.parent)]
os.environ["DJANGO_SETTINGS_MODULE"] = "usersvc.settings"
django.setup()

from users import tokens  # noqa: E402
from users.models import Organization, Role, User  # noqa: E402

PLACE = "org_acme"
MOST_LINES, MOST_PRINTED = 10_000, 1_000  # people of a CSV, and of a PDF
WORDS = 500


def main() -> None:
    """Make so many accounts; print their tokens, and what they may ask for."""
    found = {
        "tokens": [_token(number) for number in range(int(sys.argv[1]))],
        "words": _words(),
        "living": User.objects.count(),
        "csv": _holders(MOST_LINES),
        "pdf": _holders(MOST_PRINTED),
    }
    print(json.dumps(found))


def _token(number: int) -> str:
    """Return the token of a new person: one sees everybody, the next one administers a company."""
    name = f"load{number}"
    if number % 2:
        place = Organization.objects.get(external_id=PLACE)
        person = User.objects.create_user(name, f"{name}@example.com", organization=place)
        person.status = User.Status.ACTIVE
        person.save()
        person.roles.add(Role.objects.get(name="Admin", shipped=True))
    else:
        person = User.objects.create_superuser(name, f"{name}@example.com")
    return str(tokens.mint(person, ["pwd"])["access"])


def _words() -> list[str]:
    """Return usernames of people from all over the directory."""
    names = User.objects.order_by("pk").values_list("username", flat=True)
    return list(names[:: max(1, names.count() // WORDS)])


def _holders(most: int) -> dict[str, Any]:
    """Return the question of the export for the most holders of a role that are no more than so."""
    counts = {
        str(role.pk): User.objects.with_roles([role.pk]).in_organizations([PLACE]).count()
        for role in Role.objects.all()
    }
    role = max((role for role in counts if counts[role] <= most), key=counts.__getitem__)
    return {"query": f"organization_id={PLACE}&role={role}", "people": counts[role]}


if __name__ == "__main__":
    main()
