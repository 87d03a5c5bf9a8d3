"""Looking for what is left of somebody: in every column of every table, and in every file."""

import gzip
from pathlib import Path

from django.contrib.sessions.models import Session
from django.db import connection, models

from users.models import User

SEARCH_INDEX = "users_search_text"


def in_tables(values):
    """Return where any of the texts stands in the database: the table, the column, the text."""
    found = set()
    with connection.cursor() as cursor:
        for table in connection.introspection.table_names(cursor):
            if table == SEARCH_INDEX:  # what it keeps is in tables beside it
                continue
            cursor.execute(f'SELECT * FROM "{table}"')
            columns = [column[0] for column in cursor.description]
            for row in cursor.fetchall():
                for column, cell in zip(columns, row, strict=True):
                    found |= {(table, column, value) for value in values if _is_in(value, cell)}
    for session in Session.objects.all():
        text = str(session.get_decoded()).lower()
        found |= {("session", "decoded", value) for value in values if value.lower() in text}
    return found


def in_files(folder, values, pattern="*"):
    """Return in which files below a folder any of the texts stands, those of gzip unpacked."""
    return {
        (path.name, value)
        for path in Path(folder).rglob(pattern)
        if path.is_file()
        for value in values
        if any(_is_in(value, text) for text in _texts(path))
    }


def is_gone_with_a_person(model):
    """Return whether rows of a model go with a person, or with what goes with one."""
    fields = model._meta.concrete_fields
    keys = [each for each in fields if each.is_relation and each.related_model is not model]
    owners = [key.related_model for key in keys if key.remote_field.on_delete is models.CASCADE]
    return any(owner is User or is_gone_with_a_person(owner) for owner in owners)


def _texts(path):
    data = path.read_bytes()
    return [data, gzip.decompress(data)] if data.startswith(b"\x1f\x8b") else [data]


def _is_in(value, cell):
    if isinstance(cell, (bytes, bytearray, memoryview)):
        data = bytes(cell).lower()
        # A bytes column of PostgreSQL, or a page of a file, may hold a text as it is or as JSON.
        return any(each.lower() in data for each in (value.encode(), _escaped(value).encode()))
    text = str(cell).lower()
    return value.lower() in text or _escaped(value).lower() in text


def _escaped(value):
    return value.encode("unicode_escape").decode().replace("\\x", "\\u00")
