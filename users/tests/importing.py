"""Importing in tests: rows given as text, and what became of them."""

import csv
import io
import json

from django.core.files.uploadedfile import SimpleUploadedFile

from users import imports
from users.imports import ImportOptions

IMPORT = "/admin/users/user/import"


def run(content, actor=None, **options):
    """Import a text, bytes, or a list of objects; return the report and the verdicts."""
    if isinstance(content, list):
        content = "".join(json.dumps(row) + "\n" for row in content)
    data = content.encode() if isinstance(content, str) else content
    verdicts = []
    extra = {name: options.pop(name) for name in ("progress",) if name in options}
    report = imports.run(
        io.BytesIO(data), ImportOptions(**options), actor, tell=verdicts.extend, **extra
    )
    return report, verdicts


def outcomes(verdicts):
    return [verdict.outcome.value for verdict in verdicts]


def faults(content, actor=None, **options):
    """Return (line, field, code) of all that is wrong."""
    report, _ = run(content, actor, **options)
    return [(fault.line, fault.field, fault.code) for fault in report.faults]


def csv_of(*rows):
    text = io.StringIO()
    csv.writer(text, lineterminator="\n").writerows(rows)
    return text.getvalue()


def person(username, /, **more):
    return {"username": username, "email": f"{username}@example.com", **more}


def to_columns(browser, content, name="people.csv", **form):
    """Upload a file in the admin; the answer leads to its columns."""
    data = content.encode() if isinstance(content, str) else content
    return browser.post(IMPORT, {"users": SimpleUploadedFile(name, data), **form})


def guessed(answer):
    """Return what a browser posts of the page of columns, unchanged."""
    form = answer.context["form"]
    return {field.html_name: field.value() or "" for field in form}
