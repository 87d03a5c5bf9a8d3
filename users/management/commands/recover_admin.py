import secrets
from argparse import ArgumentParser
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError
from django.db import transaction

from users import lockout, operations
from users.models import User
from users.status import Status


class Command(BaseCommand):
    """Let an administrator in again: whoever has the machine has the directory."""

    help = "Give an administrator a new password, without second factors, locks or suspension."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("username", nargs="?", default=settings.ADMIN_USERNAME)

    def handle(self, *args: Any, **options: Any) -> None:
        password = secrets.token_urlsafe(15)
        username = options["username"]
        with transaction.atomic():
            person = User.all_objects.select_for_update().named(username).first()
            if person is None:
                raise CommandError(f"There is nobody by the name of {username}.")
            if not User.all_objects.super_admins().with_ids([person.pk]).exists():
                raise CommandError(f"{person} is no super admin: use changepassword.")
            let_in(person, password)
        self.stdout.write(f"{person} signs in with the password {password}  (shown only now)")


def let_in(person: User, password: str) -> None:
    """Take away whatever keeps the person out."""
    operations.reset_mfa(person)
    lockout.unlock(person)
    person.restore()
    person.reactivate()
    person.status = Status.ACTIVE
    person.access_starts_at = person.access_ends_at = person.password_expires_at = None
    person.set_password(password)
    person.save()
    operations.note(person, recovered=[None, "from the machine"])
