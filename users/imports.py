"""Imports: people from a file, for jobs, the admin and the command line alike.

A file is read as a stream. Its rows are judged and written a block after the other, each block in
a transaction of its own; all or nothing is one transaction around them all. What stops a run in the
middle leaves the blocks before. Doing it again under the same key makes nobody twice: a person's
id tells which row of which run made it, and such a row is unchanged.
"""

from collections.abc import Iterator, Sequence
from contextlib import ExitStack, closing, contextmanager, nullcontext
from itertools import chain
from typing import Any, BinaryIO

from django.core.exceptions import PermissionDenied
from django.db import IntegrityError, transaction

from .actor import Operator, acting, current_address
from .importing.cases import Case
from .importing.faults import Fault, Unreadable
from .importing.judging import Judge
from .importing.mapping import ColumnMap, Problem
from .importing.options import ImportOptions, Run
from .importing.reading import rows
from .importing.report import ImportReport, Kind, Outcome, Progress, Tell, Verdict
from .importing.rows import Row, in_blocks
from .importing.seen import Seen
from .importing.unpacking import Limits, Source
from .importing.wanted import Reader, Wanted
from .importing.writing import write
from .models import AuditEntry, User
from .text import fold

__all__ = [
    "ColumnMap",
    "Fault",
    "ImportOptions",
    "ImportReport",
    "Kind",
    "Outcome",
    "Unreadable",
    "Verdict",
    "needed",
    "run",
]

PERMISSION = "users.manage_user"
BLOCK = 1000
AT_ONCE = "was taken by somebody else at this moment: import this row again"
NAMES = ("username", "email", "id")


def run(
    file: BinaryIO,
    options: ImportOptions,
    actor: Any = None,
    progress: Progress = lambda rows, read, total: None,
    tell: Tell = lambda verdicts: None,
) -> ImportReport:
    """Import the people of a file as an actor, None for the operator of the machine.

    PermissionDenied for who may import nobody. What progress and tell raise stops the run: the
    blocks before stay, of all or nothing none does.
    """
    actor = actor or Operator()
    if not actor.has_perm(PERMISSION):
        raise PermissionDenied
    person = None if isinstance(actor, Operator) else actor
    with closing(Seen()) as seen, acting(lambda: person, current_address()):
        reader = Reader(actor, ColumnMap(options.columns))
        an_import = _Import(Run(options, actor, reader, seen, not options.dry_run))
        source = Source(file, Limits())
        with _audited(options, source, an_import.report):
            an_import.carry_out(source, progress, tell)
    return an_import.report


@contextmanager
def _audited(options: ImportOptions, source: Source, report: ImportReport) -> Iterator[None]:
    """Leave one entry about the import, whatever comes of it; a dry run leaves none."""
    if options.dry_run:
        yield
        return
    entry = AuditEntry.objects.record_event(
        User, AuditEntry.Event.IMPORT, "import of users", **options.given, outcome="started"
    )
    outcome = "cut off"
    try:
        yield
        outcome = "stopped" if report.stopped else "complete"
    finally:
        numbers = {word.value: getattr(report, word.value) for word in Outcome}
        read = {"rows": report.rows, "bytes": source.read, "sha256": source.sha256}
        entry.amend(outcome=outcome, written=report.written, **numbers, **read)


class _Import:
    """One run over one file."""

    def __init__(self, run: Run) -> None:
        self.report = ImportReport()
        self._run, self._number = run, 0

    def carry_out(self, source: Source, progress: Progress, tell: Tell) -> None:
        """Read, judge and write everything."""
        with self._all_or_nothing():
            try:
                found = self._checked(rows(source, Limits(), self._run.options.format))
                for block in in_blocks(found, BLOCK):
                    verdicts = self._do(block)
                    self.report.add(verdicts)
                    tell(verdicts)
                    progress(self.report.rows, source.read, source.total)
            except Unreadable as error:
                self.report.stopped = error.fault
            if self._run.options.dry_run or (self._is_whole and not self.report.is_clean):
                self.report.written = False

    @property
    def _columns(self) -> ColumnMap:
        return self._run.reader.columns

    @property
    def _is_whole(self) -> bool:
        return self._run.options.all_or_nothing and not self._run.options.dry_run

    @contextmanager
    def _all_or_nothing(self) -> Iterator[None]:
        if not self._is_whole:
            yield
            return
        with transaction.atomic():
            yield
            if not self.report.written:
                transaction.set_rollback(True)

    def _checked(self, found: Iterator[Row]) -> Iterator[Row]:
        """Yield the rows after the titles of a CSV file, once those are known to be good."""
        _refuse(self._columns.own_problems(), 0)
        first = next(found, None)
        if first is None:
            return
        if first.is_text:
            self._check_titles(first)
        yield from found if first.is_text else chain([first], found)

    def _check_titles(self, row: Row) -> None:
        columns = self._columns
        _refuse(columns.problems(row.values, needed(self._run.options.upsert)), row.line)
        _refuse(columns.missing(row.values), row.line)
        self.report.passed_over = columns.passed_over(row.values)

    # -- one block

    def _do(self, block: Sequence[Row]) -> list[Verdict]:
        start, self._number = self._number + 1, self._number + len(block)
        gone = set(self._run.gone)
        try:
            return self._attempt(block, start)
        except IntegrityError:
            # Somebody took a name meanwhile, or took away what people were given.
            self._run.gone = gone
            self._run.reader.refresh()
            return [self._alone(row, number) for number, row in enumerate(block, start)]

    def _alone(self, row: Row, number: int) -> Verdict:
        try:
            return self._attempt([row], number)[0]
        except IntegrityError:
            fault = Fault(row.line, "", "", "conflict", AT_ONCE)
            return Verdict(row.line, Outcome.REFUSED, faults=(fault,))

    def _attempt(self, block: Sequence[Row], start: int) -> list[Verdict]:
        run = self._run
        wanted = [run.reader.read(row, number) for number, row in enumerate(block, start)]
        self._refuse_twice(wanted)
        with ExitStack() as stack:
            stack.enter_context(transaction.atomic() if run.writes else nullcontext())
            cases = Judge(run, wanted).cases()
            if run.writes:
                write(cases, run.reader.surroundings)
        if self._is_whole and len(cases) < len(wanted):
            run.writes = False  # nothing will come of it: what follows is only judged
        found = {case.wanted.number: case for case in cases}
        return [
            self._refused(row, each) if case is None else _verdict(each, case)
            for row, each in zip(block, wanted, strict=True)
            for case in [found.get(each.number)]
        ]

    def _refused(self, row: Row, wanted: Wanted) -> Verdict:
        given = {title: raw for title, raw in row.values.items() if self._gives_back(title)}
        return Verdict(
            wanted.line,
            Outcome.REFUSED,
            user=wanted.user,
            faults=tuple(wanted.faults),
            given=given,
            is_ambiguous=wanted.is_ambiguous,
        )

    def _gives_back(self, title: str) -> bool:
        target = self._run.reader.target(title)
        return target is None or bool(target.name and not self._columns.is_secret(title))

    def _refuse_twice(self, block: Sequence[Wanted]) -> None:
        for wanted in block:
            for name in NAMES:
                if (value := wanted.values.get(name)) is None:
                    continue
                line = self._run.seen.first(name, fold(str(value)), wanted.number, wanted.line)
                if line is not None:
                    wanted.refuse(name, "twice", f"line {line} tells of the same {name}")
                    wanted.doubts += 1


def needed(upsert: str | None) -> str | None:
    """Return the field that a file has to have; none where people are found by their username."""
    return None if upsert == "username" else "email"


def _refuse(problems: Sequence[Problem], line: int) -> None:
    """Raise Unreadable for the first of the problems."""
    for problem in problems:
        raise Unreadable(problem.code, problem.message, line, problem.title)


def _verdict(wanted: Wanted, case: Case) -> Verdict:
    outcome = (
        Outcome.CREATED
        if case.is_new or case.was_made
        else Outcome.UNCHANGED
        if case.is_unchanged
        else Outcome.UPDATED
    )
    user = {"username": case.person.username}
    return Verdict(
        wanted.line,
        outcome,
        case.person.pk,
        user,
        warnings=tuple(wanted.warnings),
        changes=() if case.is_new else (*case.changes, *case.ties),
    )
