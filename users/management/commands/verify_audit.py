from typing import Any

from django.core.management import BaseCommand, CommandError, CommandParser

from ... import anchoring, verifying
from ...models import AuditEntry, AuditSeal


class Command(BaseCommand):
    """Verify the audit."""

    help = "Find entries of the audit that were changed, removed, added or put out of order."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument(
            "--anchor",
            action="append",
            default=[],
            metavar="NUMBER:HASH",
            help="a batch that has to be there, as the log told of it and you kept it; may be "
            "given several times, beside those of the file in USERSVC_DATA",
        )

    def handle(self, *args: Any, **options: Any) -> None:
        try:
            known = anchoring.anchors()
            given = anchoring.collected(options["anchor"])
        except ValueError as error:
            raise CommandError(str(error)) from error
        for number, hashes in given.items():
            known.setdefault(number, set()).update(hashes)
        if not verifying.report(known, self.stderr.write):
            raise CommandError("The audit is not as it was written.")
        batches, entries = AuditSeal.objects.count(), AuditEntry.objects.count()
        waiting = AuditEntry.objects.unsealed().count()
        self.stdout.write(
            f"The audit is as it was written: {entries} entries, {batches} batches, "
            f"{waiting} waiting for the next one."
        )
