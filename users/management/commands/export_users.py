import os
import sys
from argparse import ArgumentParser
from contextlib import AbstractContextManager, closing, nullcontext
from pathlib import Path
from typing import Any, BinaryIO

from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.utils.datastructures import MultiValueDict
from rest_framework.exceptions import APIException
from tqdm import tqdm

from exports.compression import gzipped
from exports.formats import FORMATS, TooManyRows, Unavailable
from exports.targets import whole_file
from users.actor import Operator, acting
from users.api.families import FAMILIES
from users.exports import UserExport
from users.management.running import (
    INTERRUPTED,
    NOT_UNDERSTOOD,
    PIPE_BROKEN,
    person_named,
    stoppable,
)
from usersvc.api.errors import Fault, RequestInvalid

STDOUT = "-"
OPTIONS = {"format": "--format", "_fields": "--fields"}
TEXT_FORMATS = ("csv", "json")


class Command(BaseCommand):
    """Writes people to a file, asked for in the words of a family."""

    help = "Writes the users that a family's parameters ask for to a file; all without parameters."

    def create_parser(self, *args: Any, **options: Any) -> CommandParser:
        parser = super().create_parser(*args, **options)
        # Parameters may stand before, between and behind options.
        parser.parse_args = parser.parse_intermixed_args  # type: ignore[assignment,method-assign]
        return parser

    def add_arguments(self, parser: ArgumentParser) -> None:
        families = [family.prefix for family in FAMILIES if family.export_of]
        add = parser.add_argument
        add("parameters", nargs="*", metavar="key=value", help="the family's, as in its address")
        add("--family", choices=families, default="export", help="whose words; export by default")
        add(
            "--format", help=f"{', '.join(FORMATS)}; else what the name of the file ends in, or csv"
        )
        add("--fields", metavar="A,B", help="columns in order; the family's own by default")
        add("--output", metavar="FILE", default=STDOUT, help="- for standard output, the default")
        add("--gzip", action="store_true", help="compress the file")
        add("--as", dest="username", help="only what this user sees; everybody by default")
        add("--progress", action="store_true", help="show the bar without a terminal")

    def handle(self, *args: Any, **options: Any) -> None:
        person = person_named(options["username"])
        try:
            with stoppable(), acting(lambda: person):
                export = _understood(options, person or Operator())
                self._write(export, options)
        except KeyboardInterrupt:
            self.stderr.write("Interrupted.")
            sys.exit(INTERRUPTED)
        except BrokenPipeError:
            # Nobody reads any longer; the interpreter must not try to write what it still holds.
            os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
            sys.exit(PIPE_BROKEN)
        except OSError as error:
            raise CommandError(f"--output: {error.strerror}: {options['output']}") from error
        except (TooManyRows, Unavailable) as error:
            raise CommandError(str(error)) from error

    def _write(self, export: UserExport, options: dict[str, Any]) -> None:
        with _target(export, options) as file, _bar(export, options["progress"]) as bar:
            with closing(export.begin(on_rows=bar.update)) as running:
                for chunk in gzipped(running) if options["gzip"] else running:
                    file.write(chunk)
            file.flush()
        if options["output"] != STDOUT:
            self.stdout.write(f"Users written to {options['output']}: {running.rows:,}.")


def _understood(options: dict[str, Any], actor: Any) -> UserExport:
    """Return the export that was asked for; CommandError naming every fault."""
    family = next(family for family in FAMILIES if family.prefix == options["family"])
    assert family.export_of  # noqa: S101  # nosec B101 # the others are no choices
    try:
        export = family.export_of(family.file_filterset(_parameters(options), actor))
        export.refuse_too_many(export.most_rows)
    except RequestInvalid as error:
        sentences = "\n".join(map(_sentence, error.faults))
        raise CommandError(sentences, returncode=NOT_UNDERSTOOD) from error
    except PermissionError as error:
        message = f"--fields: {actor.username} may not see {error}"
        raise CommandError(message, returncode=NOT_UNDERSTOOD) from error
    except APIException as error:
        raise CommandError(str(error.detail), returncode=NOT_UNDERSTOOD) from error
    return export


def _parameters(options: dict[str, Any]) -> MultiValueDict[str, str]:
    """Return the parameters, the options that are some of the family's among them."""
    given: MultiValueDict[str, str] = MultiValueDict()
    for pair in options["parameters"]:
        name, equals, value = pair.partition("=")
        if not equals:
            raise CommandError(f"{pair}: is not key=value", returncode=NOT_UNDERSTOOD)
        given.appendlist(name, value)
    if options["format"] is not None or "format" not in given:
        given.appendlist("format", options["format"] or _format_of(options["output"]))
    if options["fields"] is not None:
        given.appendlist("_fields", options["fields"])
    return given


def _format_of(output: str) -> str:
    extension = Path(output.removesuffix(".gz")).suffix.removeprefix(".")
    return next((word for word, each in FORMATS.items() if each.extension == extension), "csv")


def _sentence(fault: Fault) -> str:
    given = f" (given: {fault.value})" if fault.value else ""
    return f"{OPTIONS.get(fault.key, fault.key)}: {fault.message}{given}"


def _target(export: UserExport, options: dict[str, Any]) -> AbstractContextManager[BinaryIO]:
    if options["output"] != STDOUT:
        return whole_file(Path(options["output"]))
    if sys.stdout.isatty() and (options["gzip"] or export.format.name not in TEXT_FORMATS):
        message = "--output: a terminal cannot show this file; name one, or redirect"
        raise CommandError(message, returncode=NOT_UNDERSTOOD)
    return nullcontext(sys.stdout.buffer)


def _bar(export: UserExport, shown: bool) -> Any:
    shown = shown or sys.stderr.isatty()
    total = export.count() if shown else None
    return tqdm(total=total, unit=" users", file=sys.stderr, disable=not shown)
