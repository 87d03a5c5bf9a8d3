"""Files of an import: what was told of each row, and the refused rows to correct and send again."""

import json
from collections.abc import Iterator, Sequence
from typing import Any

from django.http import HttpResponseBase, StreamingHttpResponse

from exports.downloads import filename
from exports.lines import line
from exports.models import Job

from ..importing import results
from ..importing.titles import REASON

TITLES = ("line", "verdict", "outcome", "username", "email", "field", "value", "message")
CSV, NDJSON = "text/csv; charset=utf-8", "application/x-ndjson"


def verdicts(job: Job) -> HttpResponseBase:
    """Answer with what a job has told of rows, as CSV: a line for each thing that was said."""
    return _answer(job, "import_verdicts", "csv", _verdict_lines(job))


def rejected(job: Job) -> HttpResponseBase:
    """Answer with the rows that a job has refused, in the format in which they came.

    A column of reasons is added; an import passes it over.
    """
    if job.spec.get("format") == "csv":
        return _answer(job, "import_rejected", "csv", _rejected_cells(job))
    return _answer(job, "import_rejected", "ndjson", _rejected_objects(job))


def _answer(job: Job, stem: str, extension: str, lines: Iterator[str]) -> HttpResponseBase:
    answer = StreamingHttpResponse(lines, content_type=CSV if extension == "csv" else NDJSON)
    name = filename(stem, extension, job.finished_at or job.created_at)
    answer["Content-Disposition"] = f'attachment; filename="{name}"'
    answer["Cache-Control"] = "no-store"
    return answer


def _verdict_lines(job: Job) -> Iterator[str]:
    yield line(TITLES)
    for told in results.lines(job.file_key):
        user = told["user"]
        who = [user.get("username", ""), user.get("email", "")]
        start = [str(told["line"]), told.get("verdict", ""), told.get("outcome", ""), *who]
        said = [[each["path"], each["value"], each["message"]] for each in of(told)]
        for each in said or [["", "", ", ".join(told.get("changes", []))]]:
            yield line([*start, *each])


def of(told: dict[str, Any]) -> list[dict[str, str]]:
    """Return all that was said of a row."""
    return [*told["errors"], *told.get("warnings", [])]


def _rejected_cells(job: Job) -> Iterator[str]:
    rows = (_row(told) for told in results.lines(job.file_key))
    titles: Sequence[str] = next(([*row] for row in rows if row), [])
    yield line([*titles, REASON])
    for told in _refused(job):
        row = _row(told)
        yield line([*(row.get(title, "") for title in titles), reason(told)])


def _rejected_objects(job: Job) -> Iterator[str]:
    for told in _refused(job):
        row = _row(told) | {REASON: reason(told)}
        yield json.dumps(row, ensure_ascii=False) + "\n"


def _refused(job: Job) -> Iterator[dict[str, Any]]:
    for told in results.lines(job.file_key):
        if not told["errors"]:
            return  # what follows are the rows of a check that are taken
        yield told


def _row(told: dict[str, Any]) -> dict[str, Any]:
    # Not by orjson: whole numbers may be of any length.
    row: dict[str, Any] = json.loads(told.get("row", "{}"))
    return row


def reason(told: dict[str, Any]) -> str:
    """Return why a row was refused, in one sentence."""
    said = [f"{each['path']}: {each['message']}".removeprefix(": ") for each in told["errors"]]
    return f"line {told['line']}: {'; '.join(said)}" if told["line"] else "; ".join(said)
