from argparse import ArgumentParser
from typing import Any

from django.core.management.base import BaseCommand, CommandError
from django.db import transaction

from users import erasure, rules
from users.actor import Operator
from users.models import User


class Command(BaseCommand):
    """Erases a person, deleted or not, and all that is personal about it."""

    help = "Erase a user and all that tells of it, in the audit, too; nothing brings it back."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("username", help="a username or an e-mail address")
        parser.add_argument("--yes", action="store_true", help="do not ask")

    def handle(self, *args: Any, **options: Any) -> None:
        name = options["username"]
        if not options["yes"] and input(f"Type {name} again to erase this user: ") != name:
            raise CommandError("Nothing was erased.")
        with transaction.atomic():
            rules.hold_super_admins()
            person = User.all_objects.named(name).select_for_update().order_by().first()
            if person is None:
                raise CommandError(f"There is nobody by the name of {name}.")
            operator: Any = Operator()
            if reason := rules.refusal_to_erase(operator, person):
                raise CommandError(reason)
            done = erasure.erase([person])
        self.stdout.write(
            f"Erased: {done.audit_entries} entries of the audit forgot, {done.jobs} jobs lost "
            f"their files, {done.sessions} sessions ended."
        )
