from typing import Any

from django.core.management import BaseCommand, CommandError, CommandParser

from ... import verifying
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
            given = dict(verifying.parsed(text) for text in options["anchor"])
            known = verifying.anchors()
        except ValueError as error:
            raise CommandError(str(error)) from error
        differing = sorted(n for n in given.keys() & known.keys() if given[n] != known[n])
        for number in differing:
            self.stderr.write(f"The file of anchors tells another hash of batch {number}.")
        is_well = verifying.report(known | given, self.stderr.write) and not differing
        if not is_well:
            raise CommandError("The audit is not as it was written.")
        batches, entries = AuditSeal.objects.count(), AuditEntry.objects.count()
        waiting = AuditEntry.objects.unsealed().count()
        self.stdout.write(
            f"The audit is as it was written: {entries} entries, {batches} batches, "
            f"{waiting} waiting for the next one."
        )
