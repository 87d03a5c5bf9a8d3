import sys
from argparse import ArgumentParser
from collections.abc import Callable, Iterator, Sequence
from contextlib import AbstractContextManager, contextmanager, nullcontext
from dataclasses import asdict
from pathlib import Path
from typing import Any, BinaryIO

import orjson
from django.core.exceptions import PermissionDenied
from django.core.management.base import BaseCommand, CommandError
from tqdm import tqdm

from exports.lines import line
from exports.targets import whole_file
from users import imports
from users.importing.reading import AUTO, FORMATS
from users.imports import Fault, ImportOptions, ImportReport, Verdict
from users.management.running import INTERRUPTED, NOT_UNDERSTOOD, person_named, stoppable
from users.models import Connection

STDIN = "-"
TITLES = ("line", "field", "value", "code", "message")
SHOWN = 20
ROWS_REFUSED = 1


class Command(BaseCommand):
    """Makes and changes people as a file says."""

    help = (
        "Imports users from what any export wrote: CSV or JSON, plain or gzip. Exit codes: 0 all"
        " rows were imported, 1 some were refused, 2 the file or an option was not understood."
    )

    def add_arguments(self, parser: ArgumentParser) -> None:
        add = parser.add_argument
        add("file", metavar="FILE", help="- for standard input")
        add("--format", choices=FORMATS, default=AUTO, help="found out from the file by default")
        add("--upsert", choices=("email", "username"), help="change who is there already, by this")
        add("--all-or-nothing", action="store_true", help="write nothing where any row is refused")
        add("--dry-run", action="store_true", help="write nothing, and tell what would be done")
        add("--as", dest="username", help="with the rights of this user; with all by default")
        add("--connection", help="the name or id of everybody new's, whatever the file says")
        add(
            "--map",
            dest="columns",
            metavar="TITLE=FIELD",
            action="append",
            default=[],
            help="take a column for this field, whatever its title says; TITLE= leaves it out",
        )
        add("--errors", metavar="FILE", help="where refusals are written: .csv, else JSON lines")
        add("--progress", action="store_true", help="show the bar without a terminal")

    def handle(self, *args: Any, **options: Any) -> None:
        person = person_named(options["username"])
        asked = ImportOptions(
            format=options["format"],
            upsert=options["upsert"],
            all_or_nothing=options["all_or_nothing"],
            dry_run=options["dry_run"],
            connection_id=_connection(options["connection"]),
            columns=_columns(options["columns"]),
        )
        try:
            with stoppable(), _source(options["file"]) as file, _refusals(options["errors"]) as put:
                report = _run(file, asked, person, put, options["progress"])
        except KeyboardInterrupt:
            kept = "Nothing was written." if asked.all_or_nothing else "What was written stays."
            self.stderr.write(f"Interrupted. {kept}")
            sys.exit(INTERRUPTED)
        except PermissionDenied as error:
            message = f"--as: {options['username']} may import nobody"
            raise CommandError(message, returncode=NOT_UNDERSTOOD) from error
        except OSError as error:
            message = f"{error.strerror}: {error.filename or options['file']}"
            raise CommandError(message, returncode=NOT_UNDERSTOOD) from error
        self._tell(report, options["errors"])

    def _tell(self, report: ImportReport, errors: str | None) -> None:
        for fault in report.faults[:SHOWN]:
            self.stderr.write(str(fault))
        if report.refused and len(report.faults) > SHOWN:
            self.stderr.write(f"… and more{'' if errors else ': --errors FILE takes all'}.")
        if report.passed_over:
            self.stdout.write(f"Columns that say nothing here: {', '.join(report.passed_over)}.")
        numbers = ", ".join(f"{getattr(report, word):,} {word}" for word in imports.Outcome)
        lead = "Users" if report.written else "Nothing was written; it would have been users"
        self.stdout.write(f"{lead}: {numbers}.")
        if report.stopped:
            raise CommandError(f"Stopped: {report.stopped}", returncode=NOT_UNDERSTOOD)
        if report.refused:
            sys.exit(ROWS_REFUSED)


def _columns(given: Sequence[str]) -> dict[str, str | None]:
    columns: dict[str, str | None] = {}
    for pair in given:
        title, sign, name = pair.rpartition("=")
        if not sign or title in columns:
            wrong = "is given twice" if sign else "is not TITLE=FIELD"
            raise CommandError(f"--map: {pair} {wrong}", returncode=NOT_UNDERSTOOD)
        columns[title] = name or None
    return columns


def _connection(given: str | None) -> str | None:
    if given is None:
        return None
    connections = Connection.objects
    found = connections.with_id(given).first() or connections.named(given).first()
    if found is None:
        message = f"--connection: no such connection: {given}"
        raise CommandError(message, returncode=NOT_UNDERSTOOD)
    return str(found.pk)


def _run(
    file: BinaryIO,
    options: ImportOptions,
    person: Any,
    put: Callable[[Fault], object],
    shown: bool,
) -> ImportReport:
    hidden = not (shown or sys.stderr.isatty())
    with tqdm(unit="B", unit_scale=True, file=sys.stderr, disable=hidden) as bar:

        def progress(rows: int, read: int, total: int | None) -> None:
            bar.total = total
            bar.set_postfix_str(f"{rows:,} users", refresh=False)
            bar.update(read - bar.n)

        def tell(verdicts: Sequence[Verdict]) -> None:
            for verdict in verdicts:
                for fault in verdict.faults:
                    put(fault)

        return imports.run(file, options, person, progress, tell)


def _source(name: str) -> AbstractContextManager[BinaryIO]:
    return nullcontext(sys.stdin.buffer) if name == STDIN else Path(name).open("rb")


@contextmanager
def _refusals(name: str | None) -> Iterator[Callable[[Fault], object]]:
    """Give what takes the refusals, one by one."""
    if name is None:
        yield lambda fault: None
        return
    with whole_file(Path(name)) as file:
        if name.endswith(".csv"):
            file.write(line(TITLES).encode())
            yield lambda fault: file.write(line(str(getattr(fault, t)) for t in TITLES).encode())
        else:
            yield lambda fault: file.write(orjson.dumps(asdict(fault)) + b"\n")
